"""SyncNet: the authors' names and shapes, what each half sees, planted offsets; on their weights their own figures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from faceshards.errors import WeightsError
from faceshards.media.sound.mfcc import mfcc
from faceshards.media.sound.read import read_sound
from faceshards.media.video.decode import frames
from faceshards.models.nets.syncnet import SyncNet, distances, load_syncnet, offset_of
from faceshards.models.weights import registry

# Convolutions of the two halves by their place in the state dict.
CONVOLUTIONS = {
    "netcnnaud.0": (64, 1, 3, 3),
    "netcnnaud.4": (192, 64, 3, 3),
    "netcnnaud.8": (384, 192, 3, 3),
    "netcnnaud.11": (256, 384, 3, 3),
    "netcnnaud.14": (256, 256, 3, 3),
    "netcnnaud.18": (512, 256, 5, 4),
    "netcnnlip.0": (96, 3, 5, 7, 7),
    "netcnnlip.4": (256, 96, 1, 5, 5),
    "netcnnlip.8": (256, 256, 1, 3, 3),
    "netcnnlip.11": (256, 256, 1, 3, 3),
    "netcnnlip.14": (256, 256, 1, 3, 3),
    "netcnnlip.18": (512, 256, 1, 6, 6),
    "netfcaud.0": (512, 512),
    "netfcaud.3": (1024, 512),
    "netfclip.0": (512, 512),
    "netfclip.3": (1024, 512),
}


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights of the true signature, of an old torch: without counts of batches."""
    torch.manual_seed(0)
    state = {name: one for name, one in SyncNet().state_dict().items() if not name.endswith("num_batches_tracked")}
    path = tmp_path_factory.mktemp("sync") / "syncnet_v2.model"
    torch.save(state, path)
    return path


@pytest.fixture(scope="module")
def net(file: Path) -> SyncNet:
    return load_syncnet(file)


def test_names_and_shapes_are_the_authors(net: SyncNet) -> None:
    state = net.state_dict()
    found = {name.removesuffix(".weight"): tuple(one.shape) for name, one in state.items() if one.ndim > 1}
    assert found == CONVOLUTIONS and not net.training
    assert {f"{name}.bias" for name in CONVOLUTIONS} <= set(state)
    # 54,573,114 bytes of the authors' file: these numbers, and what a pickle is.
    assert sum(one.numel() for one in state.values()) * 4 == pytest.approx(54_573_114, rel=1e-3)


def test_each_half_sees_what_the_authors_feed_it(net: SyncNet) -> None:
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (2, 5, 224, 224, 3), np.uint8)
    rows = rng.normal(0, 10, (2, 20, 13)).astype(np.float32)
    blue, seen = torch.from_numpy(pictures[..., ::-1].copy()).float(), []
    first = (net.netcnnlip[0], net.netcnnaud[0])
    hooks = [one.register_forward_pre_hook(lambda _, given: seen.append(given[0])) for one in first]
    (lips,), (sound,) = net.lips(pictures), net.sound(rows)
    for hook in hooks:
        hook.remove()
    assert lips.shape == sound.shape == (2, 1024) and lips.dtype == sound.dtype == np.float32
    assert torch.equal(seen[0], torch.stack([blue[:, :, :, :, colour] for colour in range(3)], dim=1))
    assert torch.equal(seen[1], torch.from_numpy(rows.transpose(0, 2, 1).copy())[:, None])
    assert not np.allclose(lips[0], lips[1])


@pytest.mark.parametrize("early", range(-7, 8))
def test_a_planted_offset_is_found(early: int) -> None:
    lips = np.random.default_rng(1).normal(size=(60, 1024)).astype(np.float32)
    sound = np.random.default_rng(2).normal(size=lips.shape).astype(np.float32)
    for window in range(60):
        if 0 <= window - early < 60:
            sound[window - early] = lips[window]  # it comes so many pictures too early
    offset, sure = offset_of(distances(lips, sound))
    assert offset == early and sure > 10


def test_distances_are_those_of_torch() -> None:
    lips, sound = np.random.default_rng(3).normal(size=(2, 20, 1024)).astype(np.float32)
    padded, mouths = nn.functional.pad(torch.from_numpy(sound), (0, 0, 15, 15)), torch.from_numpy(lips)
    each = [nn.functional.pairwise_distance(mouths[[i]].repeat(31, 1), padded[i : i + 31]) for i in range(20)]
    np.testing.assert_allclose(distances(lips, sound), torch.stack(each).mean(0).numpy(), rtol=1e-5)


def test_another_file_is_refused_in_one_line(tmp_path: Path) -> None:
    torch.save({"a": torch.zeros(1)}, tmp_path / "x.model")
    with pytest.raises(WeightsError, match="is no SyncNet"):
        load_syncnet(tmp_path / "x.model")


def test_on_the_authors_weights_and_clip_it_finds_what_they_publish(real: Path) -> None:
    """`demo_syncnet.py` on data/example.avi: offset 3, least distance 5.353, confidence 10.021."""
    example = real / "video" / "example.avi"
    if registry.locate(registry.entry("syncnet_v2")) is None or not example.is_file():
        pytest.skip("needs `faceshards weights pull syncnet_v2`, and syncnet_python's data/example.avi among the clips")
    net, pictures = load_syncnet(registry.find("syncnet_v2")), np.stack(list(frames(example)))
    samples = read_sound(example.read_bytes(), rate=16000).samples
    rows, count = mfcc(samples), min(len(pictures), len(samples) // 640) - 5
    lips = [net.lips(pictures[None, i : i + 5])[0] for i in range(count)]
    sound = net.sound(np.stack([rows[4 * i : 4 * i + 20] for i in range(count)]))[0]
    found = distances(np.concatenate(lips), sound)
    offset, sure = offset_of(found)
    assert offset == 3 and found.min() == pytest.approx(5.353, abs=0.05) and sure == pytest.approx(10.021, abs=0.1)
