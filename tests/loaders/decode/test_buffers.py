"""A worker's memory is used again, never before its batch was copied, and no batch holds on to it."""

import multiprocessing

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, IterableDataset

from faceshards.errors import ColumnError
from faceshards.loaders import ShardDataset
from faceshards.loaders.decode.buffers import MARGIN, Buffers
from faceshards.loaders.serve.workers import AHEAD

KEPT = AHEAD + MARGIN


def test_memory_comes_back_when_its_batch_was_taken():
    taken = torch.zeros(1, dtype=torch.int64)
    buffers = Buffers(taken, KEPT)
    places = []
    for number in range(12):
        buffers.begin(number)
        one, other = buffers.empty((3, 5), torch.float32), buffers.empty((40,), torch.uint8)
        assert one.is_shared() and one.shape == (3, 5) and other.shape == (40,)
        places.append({one.data_ptr(), other.data_ptr()})
        taken[0] = max(0, number - 2)  # three batches are under way
    for number in range(12):
        for other in range(max(0, number - 3), number):
            assert not places[number] & places[other]
    assert len(set.union(*places)) <= 2 * (KEPT - 1)


def test_what_does_not_fit_is_not_lent_and_not_kept_for_ever():
    taken = torch.zeros(1, dtype=torch.int64)
    buffers = Buffers(taken, KEPT)
    for number in range(40):
        taken[0] = number
        buffers.begin(number)
        size = 10 * (number + 1) ** 2
        assert size <= buffers.empty((size,), torch.uint8).untyped_storage().nbytes() <= 2 * size
        assert len(buffers._free) + len(buffers._lent) <= KEPT + 2
    buffers.begin(41)
    assert buffers.empty((0, 4), torch.int64).shape == (0, 4)


class AllKinds:
    """A view of a dense column, one whose shape only one worker sees change, and a scalar."""

    def __call__(self, sample):
        number = int(sample["x.npy"][0, 0])
        side = 3 if number % 7 == 0 else 2
        return {"dense": np.full((4, 5), number), "shapes": np.full((side, side), number), "one": number}


@pytest.mark.parametrize("workers", [1, 2])
def test_batches_that_are_kept_do_not_change(data, workers):
    dataset = ShardDataset(data, ["x.npy"], view=AllKinds())
    expected = [*dataset.loader(8)]
    kept = [*dataset.loader(8, workers)]  # all of them alive while the workers fill the next ones
    assert len(kept) == 12
    for batch, same in zip(kept, expected, strict=True):
        assert not any(isinstance(value, torch.Tensor) and value.is_shared() for value in batch.values())
        assert torch.equal(batch["dense"], same["dense"]) and torch.equal(batch["one"], same["one"])
        for one, other in zip(batch["shapes"], same["shapes"], strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("columns", [["x.npy"], ["ragged.npy"], ["x.npy", "ragged.npy", "json"]])
def test_padded_columns_and_their_lengths_too(data, columns):
    dataset = ShardDataset(data, columns)
    for batch, same in zip([*dataset.loader(10, 2)], [*dataset.loader(10)], strict=True):
        for name, value in batch.items():
            assert torch.equal(value, same[name]) if isinstance(value, torch.Tensor) else value == same[name]


def test_the_same_memory_serves_all_batches(data):
    """Mapped shared memory of the main process does not grow with the batches."""
    others, before = set(multiprocessing.active_children()), mapped()
    loader = ShardDataset(data, ["x.npy"]).loader(10, 2)
    sizes = []
    for _ in range(6):
        for _ in loader:
            pass
        sizes.append(len(mapped() - before))
    loader.close()
    assert 0 < sizes[-1] <= 2 * KEPT + 4 and sizes[-1] <= sizes[1] + 2
    assert set(multiprocessing.active_children()) <= others and len(mapped() - before) <= 4


def mapped() -> set[str]:
    """The pieces of torch's shared memory that this process has mapped."""
    with open("/proc/self/maps") as maps:
        return {line for line in maps if "/torch_" in line}


class Nested(IterableDataset):
    def __init__(self, data):
        self.data = data

    def __iter__(self):
        for batch in ShardDataset(self.data, ["x.npy"]).loader(10):
            yield [batch["__key__"], batch["x.npy"][:, 0, 0].tolist()]


def test_a_loader_inside_of_somebody_elses_worker_is_whole(data):
    expected = [*Nested(data)]
    assert [*DataLoader(Nested(data), batch_size=None, num_workers=1)] == expected
    assert len([*DataLoader(Nested(data), batch_size=None, num_workers=2)]) == 20


def test_views_that_disagree_are_told_of_with_workers_too(data):
    with pytest.raises(ColumnError, match="same columns"):
        [*ShardDataset(data, ["x.npy"], view=Disagrees()).loader(10, 2)]


class Disagrees:
    def __call__(self, sample):
        number = int(sample["x.npy"][0, 0])
        return {"a": np.zeros(2)} if number % 2 else {"b": np.zeros(2)}
