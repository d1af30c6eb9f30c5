"""A loader in other hands: taken apart it refuses, and it has one position."""

from itertools import pairwise

import pytest
from torch.utils.data import DataLoader

from faceshards.errors import UsageError
from faceshards.loaders import ShardDataset


def test_a_dataloader_of_a_loaders_parts_is_refused(data):
    loader = ShardDataset(data, ["x.npy"]).loader(10)
    other = DataLoader(loader.dataset, batch_size=loader.batch_size, collate_fn=loader.collate_fn)
    with pytest.raises(UsageError, match="iterate over the loader itself"):
        next(iter(other))


def test_two_iterators_never_share_a_position(data):
    dataset = ShardDataset(data, ["x.npy"])
    loader = dataset.loader(10)
    older = iter(loader)
    first = next(older)["__key__"]
    newer = iter(loader)
    assert next(newer)["__key__"] != first
    with pytest.raises(UsageError, match="another iteration over this loader has begun"):
        next(older)
    for one, other in pairwise(zip(dataset.loader(10), dataset.loader(10), strict=True)):
        assert one[0]["__key__"] == one[1]["__key__"] != other[0]["__key__"]
    with pytest.raises(UsageError, match="a loader for each"):
        list(zip(loader, loader, strict=True))
