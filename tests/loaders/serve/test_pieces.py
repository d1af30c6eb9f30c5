"""A batch is the same however its rows are spread over ranks and workers."""

from itertools import chain

import numpy as np
import pytest
import torch

from faceshards.loaders import ShardDataset
from faceshards.loaders.faults import TooManyFaults
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode

COLUMNS = ["x.npy", "ragged.npy"]


def numbers(batch):
    return [int(key.split("-")[1]) for key in batch["__key__"]]


def rows(batches):
    return list(chain.from_iterable(batches))


def epoch(loader):
    return [numbers(batch) for batch in loader]


def global_batches(dataset, world, workers, batch_size=12):
    """Each global batch as its rows by rank, put back in the order of positions."""
    loaders = [dataset.loader(batch_size, num_workers=workers, rank=rank, world=world) for rank in range(world)]
    for parts in zip(*(list(loader) for loader in loaders), strict=True):
        yield [dict(zip(numbers(part), part["x.npy"][:, 0, 0].tolist(), strict=True)) for part in parts]


@pytest.mark.filterwarnings("ignore:This DataLoader will create 4 worker processes")
@pytest.mark.parametrize(("world", "workers"), [(1, 1), (1, 2), (1, 4), (2, 0), (2, 2), (3, 0), (3, 2), (4, 1)])
def test_global_batches_are_equal_row_for_row_for_any_ranks_and_workers(data, world, workers):
    dataset = ShardDataset(data, COLUMNS, seed=7)
    alone = [numbers(batch) for batch in dataset.loader(12)]
    together = list(global_batches(dataset, world, workers))
    assert len(together) == len(alone) == 8
    for whole, ranks in zip(alone, together, strict=True):
        for rank, part in enumerate(ranks):
            assert list(part) == whole[rank::world]  # world divides 12 and 48: rank r has every world-th row
            assert [int(value) for value in part.values()] == list(part)  # and the values belong to the keys


def test_ragged_columns_do_not_depend_on_the_workers(data):
    dataset = ShardDataset(data, COLUMNS, seed=7)
    for one, two in zip(dataset.loader(12), dataset.loader(12, num_workers=2), strict=True):
        assert one["__key__"] == two["__key__"] and torch.equal(one["x.npy"], two["x.npy"])
        assert torch.equal(one["ragged.npy"], two["ragged.npy"])
        assert torch.equal(one["ragged.npy.lengths"], two["ragged.npy.lengths"])


@pytest.mark.filterwarnings("ignore:This DataLoader will create 8 worker processes")
def test_ten_rows_four_ranks_eight_workers(write_shard):
    dataset = ShardDataset(write_shard("tiny", range(10)), COLUMNS)
    parts = [epoch(dataset.loader(5, num_workers=8 if rank == 3 else 0, rank=rank, world=4)) for rank in range(4)]
    assert [len(part) for part in parts] == [2] * 4
    assert sorted(rows(rows(parts))) == list(range(10))


@pytest.mark.parametrize("workers", [0, 2])
def test_a_damaged_sample_is_one_line_that_names_shard_and_key(data, workers):
    with Shard(data / "b.tar") as shard:
        extent = shard.extent(3, "x.npy")
    with open(data / "b.tar", "r+b") as file:
        file.seek(extent.offset + extent.size - 1)
        file.write(b"\xff")
    loader = ShardDataset(data, ["x.npy"], where="number BETWEEN 40 AND 46", max_faults=0).loader(
        7, num_workers=workers
    )
    with pytest.raises(TooManyFaults, match=r"b\.tar, sample b-0043: .*checksum") as caught:
        list(loader)
    assert "\n" not in str(caught.value) and loader.batches == 0


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("dtype", ["u2", "u4", "i8", "f2", "bool"])
def test_ragged_and_empty_arrays_of_any_dtype(write_shard, dtype, workers):
    def arrays(number, sample):
        sample["x.npy"] = encode("x.npy", np.ones(number % 2 + 1, dtype))
        sample["big.npy"] = encode("big.npy", np.ones((0, 3), dtype))

    loader = ShardDataset(write_shard("a", range(8), arrays), ["x.npy", "big.npy"]).loader(4, workers)
    for batch in loader:
        assert batch["x.npy"].shape == (4, 2) and batch["big.npy"].shape == (4, 0, 3)
        assert batch["x.npy"].numpy().sum(1).tolist() == batch["x.npy.lengths"].tolist()
    loader.close()
