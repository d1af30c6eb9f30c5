"""Evaluation: the same rows in the same order from the beginning on, however often, for any ranks and workers."""

from itertools import chain, islice

import pytest

from faceshards.errors import UsageError
from faceshards.loaders import Mix, ShardDataset


def keys(loader):
    return list(chain.from_iterable(batch["__key__"] for batch in loader))


def test_rows_come_as_they_stand_all_of_them_every_time(data):
    dataset = ShardDataset(data, ["x.npy"], seed=7)
    expected = [dataset[number]["__key__"] for number in range(100)]
    loader = dataset.loader(24, shuffle=False)
    assert keys(loader) == keys(loader) == expected and len(loader) == 5
    loader.set_epoch(9)
    assert keys(loader) == expected
    assert len(dataset.loader(24, shuffle=False, drop_last=True)) == 4


@pytest.mark.parametrize("workers", [0, 1])
def test_every_for_starts_at_the_beginning(data, workers):
    loader = ShardDataset(data, ["x.npy"]).loader(10, workers, shuffle=False)
    first = [batch["__key__"] for batch in islice(loader, 3)]
    assert [batch["__key__"] for batch in islice(loader, 3)] == first
    assert keys(loader)[:30] == list(chain.from_iterable(first)) and len(keys(loader)) == 100


def test_ranks_share_every_batch(data):
    dataset = ShardDataset(data, ["x.npy"])
    whole = [batch["__key__"] for batch in dataset.loader(12, shuffle=False)]
    ranks = [list(dataset.loader(12, rank=rank, world=3, shuffle=False)) for rank in range(3)]
    for number, parts in enumerate(zip(*ranks, strict=True)):
        assert sorted(chain.from_iterable(part["__key__"] for part in parts)) == sorted(whole[number])


def test_a_mixture_gives_each_row_of_all_once(data):
    parts = [ShardDataset(data / f"{name}.tar", ["x.npy"]) for name in "ab"]
    loader = Mix(parts, [1, 9], stop="first").loader(10, shuffle=False)
    assert (
        keys(loader)
        == keys(loader)
        == [sample["__key__"] for part in parts for sample in map(part.__getitem__, range(len(part)))]
    )


def test_a_state_goes_on_once_and_only_where_it_was_saved(data):
    dataset = ShardDataset(data, ["x.npy"])
    loader = dataset.loader(10, shuffle=False)
    whole = keys(loader)
    for _ in islice(loader, 4):
        pass
    other = dataset.loader(10, shuffle=False)
    other.load_state_dict(loader.state_dict())
    assert keys(other) == whole[40:] and keys(other) == whole
    with pytest.raises(UsageError, match="shuffle False, this loader has True"):
        dataset.loader(10).load_state_dict(loader.state_dict())
