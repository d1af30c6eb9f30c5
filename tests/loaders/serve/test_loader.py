"""Batches: equal for any ranks and workers, resumable at any batch, refused when they would mean other samples."""

import json
from itertools import chain, islice

import numpy as np
import pytest
import torch

from faceshards.errors import UsageError
from faceshards.loaders import Loader, ShardDataset
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode

COLUMNS = ["x.npy", "ragged.npy"]


def numbers(batch):
    return [int(key.split("-")[1]) for key in batch["__key__"]]


def rows(batches):
    return list(chain.from_iterable(batches))


def epoch(loader):
    return [numbers(batch) for batch in loader]


def test_a_batch_is_stacked_tensors_lists_and_keys(data):
    batch = next(iter(ShardDataset(data, COLUMNS).loader(batch_size=8)))
    expected = numbers(batch)
    assert list(batch) == ["__key__", *COLUMNS, "ragged.npy.lengths"]
    assert batch["x.npy"].dtype == torch.float32 and batch["x.npy"].shape == (8, 2, 3)
    assert batch["x.npy"][:, 1, 2].tolist() == expected
    assert batch["ragged.npy"].tolist() == [[0] * 2 if n % 3 < 2 else [0, 1] for n in expected]
    assert batch["ragged.npy.lengths"].tolist() == [number % 3 for number in expected]


def test_an_epoch_holds_every_row_once_and_epochs_differ(data):
    loader = ShardDataset(data, COLUMNS, seed=1).loader(batch_size=10)
    assert len(loader) == 10
    first, second = epoch(loader), epoch(loader)
    assert sorted(rows(first)) == sorted(rows(second)) == list(range(100))
    assert first != second and loader.epoch == 2
    loader.set_epoch(0)
    assert epoch(loader) == first


def test_the_last_short_batch_is_dropped_by_default(data):
    dataset = ShardDataset(data, COLUMNS)
    assert [len(batch) for batch in epoch(dataset.loader(batch_size=24))] == [24] * 4
    assert [len(batch) for batch in epoch(dataset.loader(batch_size=24, drop_last=False))] == [24] * 4 + [4]
    # Five ranks: the four last rows cannot reach all, so no rank gets a fifth batch.
    assert len(dataset.loader(batch_size=24, rank=4, world=5, drop_last=False)) == 4


@pytest.mark.parametrize("stop", [1, 4, 7])
def test_a_saved_state_resumes_exactly_at_another_world_size_and_worker_count(data, stop):
    dataset = ShardDataset(data, COLUMNS, seed=3)
    whole = epoch(dataset.loader(12)) + epoch_of(dataset, 1)
    loader = dataset.loader(12, num_workers=2)
    for _ in islice(loader, stop):
        pass  # the workers have read ahead by now; only delivered batches count
    state = json.loads(json.dumps(loader.state_dict()))
    assert len(json.dumps(state)) < 300
    ranks = []
    for rank in range(3):
        resumed = ShardDataset(data, COLUMNS, seed=3).loader(12, rank=rank, world=3)
        resumed.load_state_dict(state)
        ranks.append(epoch(resumed) + epoch(resumed))
    merged = [sorted(rows(parts)) for parts in zip(*ranks, strict=True)]
    assert merged == [sorted(batch) for batch in whole[stop:]]


def test_a_kill_at_any_batch_costs_nothing(data):
    dataset = ShardDataset(data, ["x.npy"], where="number % 5 != 0", seed=9)
    whole = epoch(dataset.loader(9))
    assert len(whole) == 8
    for stop in range(8):
        state = dataset.loader(9).state_dict() | {"batches": stop}
        for world in (1, 2, 3, 4):
            parts = []
            for rank in range(world):
                loader = dataset.loader(9, rank=rank, world=world)
                loader.load_state_dict(state)
                parts.append(epoch(loader))
            for expected, local in zip(whole[stop:], zip(*parts, strict=True), strict=True):
                assert sorted(expected) == sorted(rows(local))


def epoch_of(dataset, number):
    loader = dataset.loader(12)
    loader.set_epoch(number)
    return epoch(loader)


def test_a_for_that_breaks_goes_on_where_it_stopped(data):
    whole = epoch(ShardDataset(data, COLUMNS).loader(10))
    loader = ShardDataset(data, COLUMNS).loader(10)
    seen = [numbers(batch) for batch in islice(loader, 3)]
    loader.set_epoch(0)  # the current epoch: the position stays
    assert seen + epoch(loader) == whole


def test_a_state_at_the_end_of_an_epoch_goes_on_with_the_next(data):
    loader, other = ShardDataset(data, COLUMNS).loader(10), ShardDataset(data, COLUMNS).loader(10)
    for _ in islice(loader, 10):
        pass
    state = loader.state_dict()
    assert (state["epoch"], state["batches"]) == (0, 10)
    other.load_state_dict(state)
    loader.set_epoch(1)
    assert epoch(other) == epoch(loader) and other.epoch == 2


def test_a_state_is_refused_where_it_would_mean_other_samples(data, write_shard):
    state = ShardDataset(data, COLUMNS).loader(10).state_dict()
    with pytest.raises(UsageError, match="seed 0, this loader has 1"):
        ShardDataset(data, COLUMNS, seed=1).loader(10).load_state_dict(state)
    with pytest.raises(UsageError, match="batch_size 10, this loader has 5"):
        ShardDataset(data, COLUMNS).loader(5).load_state_dict(state)
    with pytest.raises(UsageError, match=r"matches other rows \(99, .*\(100, "):
        ShardDataset(data, COLUMNS, where="number != 50").loader(10).load_state_dict(state)
    with pytest.raises(UsageError, match="needs batch_size, batches, digest"):
        ShardDataset(data, COLUMNS).loader(10).load_state_dict({"epoch": 0})
    write_shard("b", range(140, 147))  # as many rows, other samples
    with pytest.raises(UsageError, match="matches other rows"):
        ShardDataset(data, COLUMNS).loader(10).load_state_dict(state)


def test_only_the_wanted_columns_of_matching_rows_are_read(data):
    loader = ShardDataset(data, ["x.npy"], where="number < 30").loader(10, num_workers=2)
    assert sorted(rows(epoch(loader))) == list(range(30))
    with Shard(data / "a.tar") as shard:
        assert loader.bytes_read == 30 * len(shard.read(0, "x.npy"))


@pytest.mark.parametrize(
    ("size", "workers", "rank", "world"),
    [(0, 0, 0, 1), (4, -1, 0, 1), (4, 0, 1, 1), (4, 0, -1, 1), (3, 0, 0, 4), (101, 0, 0, 1)],
)
def test_a_loader_that_cannot_work_is_refused_at_once(data, size, workers, rank, world):
    with pytest.raises(UsageError):
        ShardDataset(data, COLUMNS).loader(size, workers, rank, world)


def test_the_surface():
    import faceshards.loaders

    assert faceshards.loaders.Loader is Loader
    with pytest.raises(AttributeError):
        _ = faceshards.loaders.nothing


def test_more_ranks_than_lanes_are_refused_by_name(data):
    with pytest.raises(UsageError, match=r"world at most 48 \(lanes\): got rank 0 of 64"):
        ShardDataset(data, ["x.npy"]).loader(1000, rank=0, world=64)


@pytest.mark.parametrize("words", [{"rank": 0}, {"world": 2}, {"batch_size": 2.5}, {"batch_size": "2"}])
def test_words_that_are_no_numbers_are_refused(data, words):
    with pytest.raises(UsageError):
        ShardDataset(data, ["x.npy"]).loader(**{"batch_size": 4} | words)


def test_rank_and_world_are_torchruns_before_the_processes_have_met(data, monkeypatch):
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "4")
    loader = ShardDataset(data, ["x.npy"]).loader(8)
    assert (loader.rank, loader.world) == (1, 4)


def test_a_state_outlives_enrichment_that_changes_what_a_row_takes(write_shard):
    """A column that is filled later makes rows larger, and a plan's windows smaller; the order stays the saved one."""

    def later(number, sample):
        sample["f.npy"] = b""

    path = write_shard("a", range(300), later)
    words = {"columns": ["x.npy", "f.npy"], "missing": "none"}
    whole = [batch["__key__"] for batch in ShardDataset(path, **words).loader(10)]
    first = ShardDataset(path, **words).loader(10)
    batches = iter(first)
    for _ in range(7):
        next(batches)
    state = first.state_dict()
    large = encode("f.npy", np.zeros(100_000, np.uint8))
    rewrite(path, {"f.npy": lambda _: large})
    dataset = ShardDataset(path, **words)
    assert dataset.windows != tuple(state["windows"])
    second = dataset.loader(10)
    second.load_state_dict(state)
    assert [batch["__key__"] for batch in second] == whole[7:]
    assert second.state_dict()["windows"] == state["windows"]


@pytest.mark.parametrize(
    "change", [{"batches": -3}, {"batches": 99}, {"epoch": -1}, {"epoch": 10**30}, {"windows": [1, 2]}]
)
def test_a_state_that_is_none_is_refused(data, change):
    loader = ShardDataset(data, ["x.npy"]).loader(10)
    with pytest.raises(UsageError, match="a state's "):
        loader.load_state_dict(loader.state_dict() | change)
