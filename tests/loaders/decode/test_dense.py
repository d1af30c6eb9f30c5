"""Arrays of one shape into one tensor: right whatever the dtype, and loose where they are not of one shape."""

import tracemalloc

import numpy as np
import pytest

from faceshards.loaders import ShardDataset
from faceshards.shards.schema import codecs
from faceshards.shards.schema.codecs import decode_npy
from faceshards.shards.writer import ShardWriter


def write(path, arrays):
    with ShardWriter(path) as writer:
        for number, array in enumerate(arrays):
            writer.add(f"k{number:03d}", {"json": {"number": number}, "a.npy": array})
    return path


@pytest.mark.parametrize("dtype", ["bool", "u1", "i2", "u4", "i8", "f2", "f4", "f8", "c8"])
def test_every_dtype(tmp_path, dtype):
    rng = np.random.default_rng(0)
    arrays = [(rng.normal(size=(3, 5)) * 50).astype(dtype) for _ in range(20)]
    (batch,) = ShardDataset(write(tmp_path / "a.tar", arrays), ["a.npy"]).loader(20)
    order = [int(key[1:]) for key in batch["__key__"]]
    np.testing.assert_array_equal(batch["a.npy"].numpy(), np.stack([arrays[number] for number in order]))
    batch["a.npy"][0] = 0  # the batch is the trainer's own


@pytest.mark.parametrize("dtype", [">f4", "U5"])
def test_what_torch_has_not_is_a_list_or_converted(tmp_path, dtype):
    arrays = [np.array([number, 1]).astype(dtype) for number in range(6)]
    (batch,) = ShardDataset(write(tmp_path / "a.tar", arrays), ["a.npy"]).loader(6)
    for key, value in zip(batch["__key__"], batch["a.npy"], strict=True):
        assert np.asarray(value).tolist() == arrays[int(key[1:])].tolist()


def test_no_array_a_sample_is_made_and_a_byte_is_copied_once(tmp_path, monkeypatch):
    path = write(tmp_path / "a.tar", [np.full(1 << 18, number, np.float32) for number in range(32)])
    decoded = []
    monkeypatch.setattr(codecs, "decode_npy", lambda body: decoded.append(1) or decode_npy(body))
    batches = iter(ShardDataset(path, ["a.npy"]).loader(16))
    next(batches)
    assert len(decoded) == 1  # the first, to learn the layout
    tracemalloc.start()
    batch = next(batches)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(decoded) == 1 and batch["a.npy"].nbytes == 16 << 20
    assert peak < 1.1 * batch["a.npy"].nbytes  # the batch, and no second copy of it beside it
