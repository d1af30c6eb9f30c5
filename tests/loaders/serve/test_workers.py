"""Torch's words for workers reach them."""

import time

import pytest
import torch

from faceshards.errors import FaceshardsError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.serve.workers import Workers


def keys(loader):
    return [batch["__key__"] for batch in loader]


def seeded(worker):
    torch.manual_seed(worker + 40)


def seed_of(sample):
    return {"seed": torch.initial_seed()}


def stuck(sample):
    if sample["x.npy"][0, 0] == 7:
        time.sleep(30)
    return sample


@pytest.mark.parametrize("context", ["fork", pytest.param("spawn", marks=pytest.mark.slow)])
def test_init_context_and_prefetch(data, context):
    dataset = ShardDataset(data, ["x.npy"], transform=seed_of)
    loader = dataset.loader(10, 1, worker_init_fn=seeded, multiprocessing_context=context, prefetch_factor=4)
    assert {seed for batch in loader for seed in batch["seed"].tolist()} == {40}


@pytest.mark.parametrize("ahead", [1, 7])
def test_memory_that_is_used_again_is_never_a_batch_that_is_under_way(data, ahead):
    dataset = ShardDataset(data, ["x.npy"])
    batches = list(dataset.loader(4, 1, prefetch_factor=ahead))
    for batch in batches:
        assert batch["x.npy"][:, 0, 0].tolist() == [int(key[2:]) for key in batch["__key__"]]
    assert [batch["__key__"] for batch in batches] == keys(dataset.loader(4))


def test_a_batch_that_does_not_come_in_time_says_who_is_at_what(data):
    loader = ShardDataset(data, ["x.npy"], view=stuck).loader(10, 1, timeout=1)
    with pytest.raises(FaceshardsError, match=r"within timeout=1 s: worker 0 is at .*a\.tar, sample a-0007"):
        list(loader)


def test_a_callers_own_batches(data):
    def collated(samples):
        return [(sample["__key__"], sample["x.npy"][0, 0].item(), len(sample["ragged.npy"])) for sample in samples]

    dataset = ShardDataset(data, ["x.npy", "ragged.npy"])
    for workers in (0, 2):
        batches = list(dataset.loader(10, workers, collate_fn=collated))
        assert [[key for key, _, _ in batch] for batch in batches] == keys(dataset.loader(10))
        assert all((int(key[2:]), int(key[2:]) % 3) == (n, length) for batch in batches for key, n, length in batch)


def test_stores_are_not_forked():
    workers = Workers.of(2, "fork", None, 0, None)
    with pytest.raises(UsageError, match="'fork' does not go with shards in a store"):
        workers.fit_for(may_fork=False, carried={})
    assert Workers.of(2, None, None, 0, None).fit_for(may_fork=False, carried={}).method == "spawn"
    assert Workers.of(0, None, None, 0, None).fit_for(may_fork=False, carried={"view": lambda: 0}).count == 0
