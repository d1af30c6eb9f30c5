"""Which columns of a batch are gathered as a whole, and which turn out not to be."""

import numpy as np
import pytest
import torch

from faceshards.loaders import ShardDataset
from faceshards.shards.writer import ShardWriter


def write(path, arrays):
    with ShardWriter(path) as writer:
        for number, array in enumerate(arrays):
            writer.add(f"k{number:03d}", {"json": {"number": number}, "a.npy": array})
    return path


def test_equal_sizes_of_other_shapes_are_no_fault(tmp_path):
    arrays = [np.full((2, 6) if number % 3 else (3, 4), number, np.float32) for number in range(12)]
    loader = ShardDataset(write(tmp_path / "a.tar", arrays), ["a.npy"]).loader(12)
    (batch,) = loader
    assert not loader.faults
    for key, value in zip(batch["__key__"], batch["a.npy"], strict=True):
        assert torch.equal(value, torch.from_numpy(arrays[int(key[1:])]))


def test_a_foreign_tar_has_no_checksums_and_is_dense_all_the_same(tmp_path):
    import webdataset as wds

    with wds.TarWriter(str(tmp_path / "a.tar")) as out:
        for number in range(10):
            out.write({"__key__": f"k{number:03d}", "a.npy": np.full(4, number, np.float32)})
    (batch,) = ShardDataset(tmp_path / "a.tar", ["a.npy"]).loader(10)
    assert batch["a.npy"][:, 0].tolist() == [int(key[1:]) for key in batch["__key__"]]


@pytest.mark.parametrize("workers", [0, 1])
def test_ragged_arrays_are_padded_with_their_lengths(tmp_path, workers):
    arrays = [np.full((number % 4, 2), number, np.int64) for number in range(12)]
    (batch,) = ShardDataset(write(tmp_path / "a.tar", arrays), ["a.npy"], missing="none").loader(12, workers)
    order = [int(key[1:]) for key in batch["__key__"]]
    assert batch["a.npy"].shape == (12, 3, 2) and batch["a.npy.lengths"].tolist() == [n % 4 for n in order]
    for number, row, length in zip(order, batch["a.npy"], batch["a.npy.lengths"], strict=True):
        assert (row[:length] == number).all() and (row[length:] == 0).all()
