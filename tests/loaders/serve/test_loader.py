"""Batches: equal for any ranks and workers, resumable at any batch, refused when they would mean other samples."""

import json
import multiprocessing
import subprocess
import sys
from itertools import chain, islice

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import Loader, ShardDataset
from faceshards.loaders.faults import TooManyFaults
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


def test_the_workers_stay_over_epochs_and_end_with_the_loader(data):
    others = set(multiprocessing.active_children())

    def workers():
        return set(multiprocessing.active_children()) - others

    loader = ShardDataset(data, COLUMNS).loader(10, num_workers=2)
    whole = [epoch(loader), epoch(loader)]
    first = workers()
    assert len(first) == 2
    next(iter(loader))
    assert workers() == first
    loader.set_epoch(0)  # a jump: what they read ahead is not wanted
    assert [epoch(loader), epoch(loader)] == whole
    assert len(workers()) == 2 and not workers() & first
    del loader
    assert not workers()


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


def test_a_worker_that_raises_leaves_the_position_before_its_batch(data):
    view = FailsAt(50)
    loader = ShardDataset(data, ["x.npy"], view=view, max_faults=0).loader(10, num_workers=1)
    delivered = []
    with pytest.raises(TooManyFaults, match="number 50"):
        for batch in loader:
            delivered.append(batch)
    assert loader.batches == len(delivered) < 10


class FailsAt:
    def __init__(self, number):
        self.number = number

    def __call__(self, sample):
        if sample["x.npy"][0, 0] == self.number:
            raise ColumnError(f"number {self.number}")
        return {"x": sample["x.npy"]}


def test_the_models_random_stream_is_left_alone(data):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    epoch(ShardDataset(data, COLUMNS).loader(10, num_workers=1))
    assert torch.equal(before, torch.get_rng_state())


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


@pytest.mark.parametrize("change", [{"batches": -3}, {"batches": 99}, {"epoch": -1}, {"windows": [1, 2]}])
def test_a_state_that_is_none_is_refused(data, change):
    loader = ShardDataset(data, ["x.npy"]).loader(10)
    with pytest.raises(UsageError, match="a state's epoch"):
        loader.load_state_dict(loader.state_dict() | change)


def test_rows_of_many_sizes_take_no_descriptors(write_shard):
    def sizes(number, sample):
        sample["face.jpg"] = encode("face.jpg", np.zeros((8 + number % 3, 8, 3), np.uint8))

    path = write_shard("a", range(400), sizes)
    code = f"""
import resource
from faceshards.loaders import ShardDataset
if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))
    batches = list(ShardDataset({str(path)!r}, ["face.jpg"]).loader(100, 1))
    print(sum(len(batch["face.jpg"]) for batch in batches), {{type(row).__name__ for row in batches[0]["face.jpg"]}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "400 {'Tensor'}\n", done.stderr


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
