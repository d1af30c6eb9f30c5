"""In a user's own DataLoader: another order each epoch, or an error that says what to call."""

import pytest
from torch.utils.data import DataLoader, Subset

from faceshards.errors import UsageError
from faceshards.loaders import Mix, ShardDataset
from faceshards.loaders.serve.begun import Begun


def keys(loader):
    return [sample["__key__"] for sample in loader]


def own(dataset, **words):
    return DataLoader(dataset, batch_size=None, collate_fn=_same, **words)


def _same(sample):
    return sample


def test_without_workers_each_pass_is_the_next_epoch(data):
    dataset = ShardDataset(data, ["x.npy"])
    loader = own(dataset)
    first, second = keys(loader), keys(loader)
    assert first != second and sorted(first) == sorted(second) and dataset.epoch == 2
    dataset.set_epoch(0)
    assert keys(dataset) == first and next(iter(dataset))["__key__"] == second[0]


SPAWNED = pytest.param({"multiprocessing_context": "spawn"}, marks=pytest.mark.slow)


@pytest.mark.parametrize("words", [{}, {"persistent_workers": True}, SPAWNED])
def test_with_workers_an_epoch_is_said_or_asked_for(data, words):
    dataset = ShardDataset(data, ["x.npy"])
    loader = own(dataset, num_workers=1, **words)
    first = keys(loader)
    with pytest.raises(UsageError, match=r"begins epoch 0 .* again.*call dataset\.set_epoch\(epoch\)"):
        keys(loader)
    del loader
    loader = own(dataset, num_workers=1, **words)
    dataset.set_epoch(1)
    second = keys(loader)
    dataset.set_epoch(0)
    assert keys(loader) == first != second and sorted(first) == sorted(second)


def test_each_rank_and_worker_begins_by_itself():
    begun = Begun()
    assert begun.begin(0, 0) == begun.begin(0, 1) == begun.begin(1, 0) == 0
    begun.set(0, 5)
    assert begun.begin(0, 0) == 5 and begun.epoch(1) == 0
    with pytest.raises(UsageError, match="epoch 0"):
        begun.begin(1, 0)


def test_a_subset_and_a_mixture(data):
    dataset = ShardDataset(data, ["x.npy"])
    assert [one["__key__"] for one in Subset(dataset, [3, 1])] == ["a-0003", "a-0001"]
    with pytest.raises(UsageError, match="read by its loader"):
        iter(Mix([dataset]))
