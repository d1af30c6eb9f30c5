"""What a window decodes to: parts of pictures, letterboxes, planes."""

import io

import av
import cv2
import numpy as np
import pytest
import torch

from faceshards.errors import ClipError, UsageError
from faceshards.loaders import ShardDataset, Window, to_rgb
from faceshards.loaders.units.footage import around
from faceshards.media.tables.packets import packet_table
from faceshards.media.tables.rows import narrow
from faceshards.media.video.decode import frames
from faceshards.shards.writer import ShardWriter
from tests.loaders.units.conftest import sample, write


@pytest.fixture(scope="module")
def soft(made):
    """20 pictures of 64x64 whose colours change slowly, so that chroma at half its size loses nothing."""
    y, x = np.mgrid[:64, :64] / 64
    waves = [np.stack([np.sin(3 * x + n / 9), np.cos(2 * y + n / 7), np.sin(2 * (x + y))], 2) for n in range(20)]
    return made([np.round(128 + 90 * wave).astype(np.uint8) for wave in waves], options={"qp": "4"})


@pytest.mark.parametrize(("size", "workers"), [((64, 64), 0), ((32, 32), 0), ((32, 32), 2), ((48, 40), 0)])
def test_planes_are_half_the_bytes_and_become_the_rgb_of_the_window(soft, tmp_path, size, workers):
    path = write(tmp_path / "data" / "a.tar", {"a": soft, "b": soft})

    def batch(pixel):
        loader = ShardDataset(path, ["mp4"], window=Window(5, size=size, pixel=pixel)).loader(2, num_workers=workers)
        (found,) = loader
        loader.close()
        return found

    planes, rgb = batch("yuv420"), batch("rgb")
    assert planes["mp4"].shape == (2, 5, size[1] * 3 // 2, size[0]) and planes["mp4"].dtype == torch.uint8
    assert planes["mp4.to_rgb"].shape == (2, 3, 4) and planes["mp4.to_rgb"].dtype == torch.float32
    made = to_rgb(planes["mp4"], planes["mp4.to_rgb"])
    away = (made.int() - rgb["mp4"].int())[:, :, 2:-2, 2:-2].abs().float()
    # RGB has colours of its full size, planes of half of it; FFmpeg is a level too dark where it makes the RGB.
    assert made.shape == rgb["mp4"].shape and away.mean() < (1 if size == (32, 32) else 2)
    assert planes["__frames__"].tolist() == rgb["__frames__"].tolist()


def test_planes_at_the_clips_own_size_are_those_of_the_file(soft, tmp_path):
    path = write(tmp_path / "data" / "a.tar", {"a": soft})
    found = sample(ShardDataset(path, ["mp4"], window=Window(20, pixel="yuv420")), "a")
    with av.open(io.BytesIO(soft)) as container:
        own = np.stack([picture.to_ndarray() for picture in container.decode(video=0)])
    np.testing.assert_array_equal(found["mp4"], own)


@pytest.fixture
def boxed(tmp_path, numbered, made):
    """A clip of 64x112 with boxes of each kind."""
    clip = made(numbered(60), options={"g": "12"})
    boxes = np.tile(np.array([[16, 8, 48, 40]], np.float32), (60, 1))
    boxes[:, 0] += np.arange(60) // 10  # it moves
    rows = np.repeat(np.arange(60), 2)
    table, media = packet_table(clip)
    faces = {"frame": list(range(60)), "box": boxes.tolist(), "size": [112, 64], "frames": 60}
    gone = np.zeros((60, 4), np.float32)
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add(
            "a",
            {
                "json": {"frames": 60, "media": {"mp4": media}}, "mp4": clip, "mp4.packets.npy": narrow(table),
                "face_box.npy": boxes, "mine.npy": np.array([16, 8, 48, 40]), "faces.msg": faces, "gone.npy": gone,
                "person_box.npy": boxes.repeat(2, 0), "person_box_frame.npy": rows,
            },
        )  # fmt: skip
    return tmp_path / "a.tar", np.stack(list(frames(clip)))


@pytest.mark.parametrize("crop", ["face_box.npy", "faces.msg", "person_box.npy", "mine.npy", (16, 8, 48, 40)])
def test_a_crop_is_the_one_box_about_those_of_the_windows_frames(boxed, crop):
    path, whole = boxed
    found = sample(ShardDataset(path, ["mp4"], window=Window(5, crop=crop, start="first")), "a")
    assert set(found) == {"__key__", "mp4", "__frames__"}
    assert np.abs(found["mp4"].astype(int) - whole[:5, 8:40, 16:48]).max() <= 1
    late = sample(ShardDataset(path, ["mp4"], window=Window(60, size=(32, 32), crop=crop)), "a")
    width = 36 if crop in ("face_box.npy", "faces.msg", "person_box.npy") else 32  # from 16 to 53, at even pixels
    for own, picture in zip(late["mp4"], whole, strict=True):
        expected = cv2.resize(picture[8:40, 16 : 16 + width], (32, 32), interpolation=cv2.INTER_AREA)
        assert np.median(np.abs(own.astype(int) - expected)) <= 4


def test_pictures_of_another_shape_are_cropped_or_letterboxed(boxed):
    path, whole = boxed
    window = {"frames": 4, "size": (32, 32), "start": "first"}
    crop = sample(ShardDataset(path, ["mp4"], window=Window(**window, fit="crop")), "a")["mp4"]
    bars = sample(ShardDataset(path, ["mp4"], window=Window(**window, fit="letterbox")), "a")["mp4"]
    box = whole[:4, :, 24:88].reshape(4, 32, 2, 32, 2, 3).mean((2, 4))
    assert np.median(np.abs(crop - box)) <= 3
    assert not bars[:, :6].any() and not bars[:, -6:].any() and bars[:, 8:24].mean() > 50


def test_a_window_without_a_box_is_a_bad_sample(boxed):
    path, _ = boxed
    dataset = ShardDataset(path, ["mp4"], window=Window(5, crop="gone.npy", per_frame=["gone.npy"]))
    with pytest.raises(ClipError, match=r"gone\.npy has no box in the frames of the window") as caught:
        sample(dataset, "a")
    assert caught.value.code == "no-face"
    with pytest.raises(UsageError, match=r"1 of 1 clips have no styled.npy, first 'a': .*missing='skip'"):
        len(ShardDataset(path, ["mp4"], window=Window(5, crop="styled.npy")))


@pytest.mark.parametrize("value", ["text", None, {"frame": [1]}, np.zeros((3, 5)), [["a"] * 4]])
def test_what_is_no_table_of_boxes(value):
    with pytest.raises(ClipError) as caught:
        around(value, "x.npy")
    assert caught.value.code == "bad-column"


@pytest.mark.parametrize(
    "words",
    [
        {"fit": "fill", "size": (4, 4)}, {"pixel": "yuv444"}, {"fit": "crop"}, {"crop": (5, 5, 5, 9)}, {"crop": 7},
        {"crop": (0, 0, 9)}, {"pixel": "yuv420", "size": (31, 32)},
    ],
)  # fmt: skip
def test_framings_that_make_no_sense_are_refused(words):
    with pytest.raises(UsageError):
        Window(3, **words)
