"""What trainers get of a portrait: shapes, units, the hidden driver, squeezes, patches, planes that become it."""

import io
import wave

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.views import Portrait, finished
from faceshards.media.geometry import crop_matrix, warp
from tests.loaders.units.portrait.conftest import BOX, FRAMES, SIDE

WORDS = {"frames": 4, "size": 96}


@pytest.fixture(scope="module")
def lit(made):
    """A clip of one smooth picture, which shifts from frame to frame."""
    across = np.linspace(0, 3, SIDE + FRAMES)
    ground = np.stack([127 + 90 * np.sin(across + shift) for shift in (0.0, 1.0, 2.0)], axis=-1)
    down = np.linspace(0.7, 1, SIDE)[:, None, None]
    pictures = [(ground[None, at : at + SIDE] * down).astype(np.uint8) for at in range(FRAMES)]
    return made(pictures, "mp4", "libx264", {"crf": "1", "g": "10"})


def batch(path, epoch=0, **words):
    loader = ShardDataset(path, view=Portrait(**WORDS | words)).loader(batch_size=1)
    loader.set_epoch(epoch)
    return next(iter(loader))


def test_all_that_a_trainer_gets(write):
    found = batch(write({"a": {}}), sound=None)
    shapes = {
        "reference": (1, 3, 96, 96), "video": (1, 4, 3, 96, 96), "swapped": (1, 4, 3, 96, 96),
        "concat_poses": (1, 1, 3, 96, 96), "concat_background": (1, 1, 96, 96), "clip_conditions": (1, 1, 3, 96, 96),
    }  # fmt: skip
    assert {name: tuple(found[name].shape) for name in shapes} == shapes
    assert {found[name].dtype for name in shapes} == {torch.uint8}
    assert set(found) == {*shapes, "__key__", "__frames__", "reference_frame", "of"}
    back = found["concat_background"][0, 0]
    assert back.unique().tolist() == [0, 1] and back[:, :45].all() and not back[:, 51:].any()
    np.testing.assert_array_equal(found["clip_conditions"][0, 0], found["reference"][0] * back)
    assert found["concat_poses"].max() == 255
    plain = batch(write({"a": {}}), conditions=False)
    assert set(plain) == {"reference", "video", "swapped", "__key__", "__frames__", "reference_frame", "of"}


def test_the_driver_is_grey_and_hidden_but_for_the_face(write, lit):
    found = batch(write({"a": {"mp4": lit}}), conditions=False)
    # The widest square about the box's centre (48, 50): half 46, so 2..94 across and 4..96 down.
    scale = 96 / 92
    middle, half = (np.array([48, 50]) - [2, 4]) * scale, 30 * scale
    left, right = round(middle[0] - half), round(middle[0] + half)
    top, bottom = round(middle[1] - half - 0.8 * half), round(middle[1] + half + 0.2 * half)
    video, driver = (found[name][0].numpy() for name in ("video", "swapped"))
    grey = np.einsum("fchw,c->fhw", video.astype(float), [0.2989, 0.5870, 0.1140])
    expected = np.zeros_like(grey)
    expected[:, max(0, top) : min(96, bottom), left:right] = grey[:, max(0, top) : min(96, bottom), left:right]
    assert np.abs(driver - expected[:, None]).max() <= 0.51
    assert BOX == [24, 20, 72, 80] and (driver == 0).any() and (driver > 0).any()


def test_what_is_shown_is_the_square_of_the_picture(write, lit):
    from faceshards.media.video.decode import frames

    found = batch(write({"a": {"mp4": lit}}), conditions=False)
    whole = list(frames(lit))
    for number, picture in zip(found["__frames__"][0], found["video"][0].numpy(), strict=True):
        expected = warp(whole[number], crop_matrix(np.array([2, 4, 94, 96]), (96, 96)), (96, 96))
        inside = (slice(2, -2), slice(2, -2))
        assert np.abs(picture.transpose(1, 2, 0)[inside].astype(int) - expected[inside]).max() <= 3


def test_a_squeezed_driver_is_as_drawn_by_another_hand(write, lit):
    path = write({"a": {"mp4": lit}})
    sizes = set()
    for epoch in range(4):
        plain, squeezed = (batch(path, epoch, conditions=False, hide=False, warp=rate) for rate in (0.0, 1.0))
        raw = batch(path, epoch, conditions=False, hide=False, warp=1.0, pixel="yuv420")
        width, height = raw["squeezed"][0].tolist()
        assert min(width, height) / 96 >= 0.63 and max(width, height) / 96 <= 1.21
        grey = plain["swapped"][0, :, :1].float()
        small = torch.nn.functional.interpolate(grey, size=(height, width), mode="bilinear", align_corners=False)
        padded = torch.nn.functional.pad(small, (96, 96, 96, 96))
        top, left = 96 - (96 - height) // 2, 96 - (96 - width) // 2
        expected = padded[:, :, top : top + 96, left : left + 96]
        assert (squeezed["swapped"][0].float() - expected).abs().max() <= 1.5
        assert squeezed["video"].equal(plain["video"])
        sizes.add((width, height))
    assert len(sizes) == 4


def test_patches_show_eyes_and_mouth(write, lit):
    found = batch(write({"a": {"mp4": lit}}), conditions=False, hide=False, patches=True)
    scale = 96 / 92
    eyes, mouth = (np.array([[34, 40], [62, 40]]) - [2, 4]) * scale, (np.array([48, 66]) - [2, 4]) * scale
    for name, low, high in (("frames_eye", eyes[0], eyes[1]), ("frames_eye_mouth", eyes[0], [eyes[1][0], mouth[1]])):
        rows, columns = (found[name][0, 0, 0] > 0).numpy().nonzero()
        found_low, found_high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()]) + 1
        for reach in (*(low - found_low), *(found_high - np.array(high))):
            assert 96 / 16 - 1 <= reach <= 96 / 8 + 1
        shown = found[name][0] > 0
        assert (found[name][0][shown] == found["swapped"][0][shown]).all()


def test_planes_finished_on_a_device_are_what_rgb_gives(write, lit):
    path = write({"a": {"mp4": lit, "swapped.mp4": lit}})
    for epoch in range(2):
        words = {"patches": True, "warp": 0.7, "swap": 0.5}
        rgb, planes = batch(path, epoch, **words), batch(path, epoch, pixel="yuv420", **words)
        assert planes["video"].shape == (1, 4, 144, 96)
        made = finished(planes, "cpu")
        assert made.keys() == rgb.keys()
        for name, one in rgb.items():
            if not isinstance(one, torch.Tensor):
                assert made[name] == one
                continue
            assert made[name].dtype == one.dtype and made[name].shape == one.shape
            far = (made[name].float() - one.float()).abs()
            assert far.max() <= 3 and (far > 2).float().mean() < 1e-3, name


def test_an_altered_sound_is_as_drawn_from_the_epoch_and_keeps_its_length(write):
    body = io.BytesIO()
    with wave.open(body, "wb") as out:
        out.setparams((1, 2, 8000, 0, "NONE", ""))
        out.writeframes((8000 * np.sin(np.arange(FRAMES * 320) / 5)).astype("<i2").tobytes())
    path = write({"a": {"wav": body.getvalue()}})
    words = {"sound": 8000, "conditions": False}
    changed = 0
    for epoch in range(8):
        plain, one, again = (batch(path, epoch, **words, alter=alter) for alter in (False, True, True))
        assert one["sound"].shape == plain["sound"].shape and one["sound"].dtype == torch.float32
        assert torch.equal(one["sound"], again["sound"]) and torch.equal(one["swapped"], plain["swapped"])
        changed += not torch.equal(one["sound"], plain["sound"])
    assert changed >= 6
    with pytest.raises(UsageError, match=r"alter=True needs a sound to alter: sound=16000"):
        Portrait(alter=True)
