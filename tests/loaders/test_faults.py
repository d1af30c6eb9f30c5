"""Bad samples: replaced by the next good one of their lane, counted, listed; a limit."""

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.faults import Limit, TooManyFaults
from faceshards.loaders.plan.order import LANES
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite


def numbers(batch):
    return [int(key.split("-")[1]) for key in batch["__key__"]]


def damage(data, wanted, column="x.npy"):
    """Flips a bit of the column of these samples."""
    for path in data.glob("*.tar"):
        with Shard(path) as shard:
            places = [shard.extent(row, column) for row, key in enumerate(shard.keys) if int(key[2:]) in wanted]
        with path.open("r+b") as file:
            for place in places:
                file.seek(place.offset + place.size - 2)
                byte = file.read(1)
                file.seek(place.offset + place.size - 2)
                file.write(bytes([byte[0] ^ 16]))


BAD = {3, 41, 42, 60, 61, 62, 99}


@pytest.fixture
def expected(data):
    """The global batches of the undamaged data, and those of the damaged: each bad row's place is taken by the next
    good one of its lane, worked out from the positions alone.
    """
    whole = [number for batch in ShardDataset(data, ["x.npy"], seed=2).loader(10) for number in numbers(batch)]
    repaired = list(whole)
    for position, number in enumerate(whole):
        if number in BAD:
            lane = list(range(position % LANES, len(whole), LANES))
            at = lane.index(position)
            good = [one for one in lane[at + 1 :] + lane[:at] if whole[one] not in BAD]
            others = [one for one in range(len(whole)) if one % LANES != position % LANES and whole[one] not in BAD]
            repaired[position] = whole[(good or others)[0]]
    damage(data, BAD)
    return whole, repaired


@pytest.mark.parametrize("columns", [["x.npy"], ["x.npy", "json"], ["ragged.npy", "x.npy"]])
def test_a_bad_sample_is_replaced_by_the_next_good_one_of_its_lane(data, expected, columns):
    loader = ShardDataset(data, columns, seed=2, max_faults=20).loader(10)
    found, values = [], []
    for batch in loader:
        found += numbers(batch)
        values += batch["x.npy"][:, 0, 0].tolist()
        listed = list(loader.faults)
    assert found == expected[1] == values
    assert sorted(int(fault.key[2:]) for fault in listed) == sorted(BAD)
    for fault in listed:
        assert (
            fault.reason == "wrong-crc" and fault.shard.endswith(f"{fault.key[0]}.tar") and "checksum" in fault.message
        )
        assert int(fault.instead[2:]) not in BAD
    assert set(range(100)) - set(found) == BAD  # no good sample is lost


@pytest.mark.parametrize(("world", "workers"), [(1, 2), (2, 1), (3, 0), (4, 0)])
def test_replaced_the_same_way_by_any_ranks_and_workers_and_after_a_resume(data, expected, world, workers):
    whole = np.array(expected[1]).reshape(10, 10)
    first = ShardDataset(data, ["x.npy"], seed=2, max_faults=20).loader(10)
    batches = iter(first)
    for _ in range(4):
        next(batches)
    state = first.state_dict()
    ranks = []
    for rank in range(world):
        loader = ShardDataset(data, ["x.npy"], seed=2, max_faults=20).loader(10, workers, rank, world)
        loader.load_state_dict(state)
        ranks.append([numbers(batch) for batch in loader])
    for step, parts in zip(whole[4:], zip(*ranks, strict=True), strict=True):
        assert sorted(step.tolist()) == sorted(number for part in parts for number in part)


@pytest.mark.parametrize("workers", [0, 2])
@pytest.mark.parametrize(("limit", "allowed"), [(0, 0), (3, 3), (0.03, 3), (0.0, 0), (0.05, 5)])
def test_past_the_limit_it_stops_and_says_so(data, limit, allowed, workers):
    damage(data, BAD)
    loader = ShardDataset(data, ["x.npy"], seed=2, max_faults=limit).loader(10, workers)
    with pytest.raises(TooManyFaults, match=rf"{allowed + 1} wrong-crc; max_faults={limit} allows {allowed} of 100"):
        list(loader)
    assert len(loader.faults) <= allowed + 1
    assert Limit(7).count(100) == 7 and Limit(0.001).count(100) == 1


def test_limits_that_are_none():
    for limit in (-1, 1.5, -0.1):
        with pytest.raises(UsageError):
            Limit(limit)


def test_a_whole_shard_gone_bad_runs_into_the_limit_at_once(data):
    body = bytearray((data / "a.tar").read_bytes())
    dataset = ShardDataset(data, ["x.npy"], seed=2, max_faults=8)
    assert len(dataset) == 100
    with (data / "a.tar").open("r+b") as file:  # cut in place while it is read: touching what is gone would kill
        file.truncate(len(body) // 2)
    with pytest.raises(TooManyFaults, match=r"a\.tar"):
        list(dataset.loader(10))


def test_a_view_that_refuses_a_sample_is_a_fault_of_that_sample(data):
    loader = ShardDataset(data, ["x.npy"], view=Refuses(BAD), max_faults=10).loader(10)
    found = [number for batch in loader for number in batch["x"].tolist()]
    assert set(range(100)) - set(found) == BAD and len(found) == 100


class Refuses:
    def __init__(self, bad):
        self.bad = bad

    def __call__(self, sample):
        number = int(sample["x.npy"][0, 0])
        if number in self.bad:
            raise ColumnError(f"number {number} is refused")
        return {"x": torch.tensor(number)}


def test_the_faults_of_an_epoch_are_there_after_it_and_gone_in_the_next(data):
    damage(data, {3})
    loader = ShardDataset(data, ["x.npy"], max_faults=5).loader(10)
    for _ in range(2):
        batches = 0
        for _ in loader:
            batches += 1
        assert batches == 10 and [fault.key for fault in loader.faults] == ["a-0003"]


def test_a_sample_counts_once_however_often_it_was_tried(write_shard):
    """Two bad samples of one lane: the second finds the first again on its way around."""
    data = write_shard("a", range(3 * LANES)).parent
    order = ShardDataset(data, ["x.npy"]).order(0).units
    damage(data, {int(order[0]), int(order[2 * LANES])})
    loader = ShardDataset(data, ["x.npy"], max_faults=2).loader(LANES)
    list(loader)
    assert len(loader.faults) == 2
    with pytest.raises(TooManyFaults, match=r"so far: 2 wrong-crc; max_faults=1 allows 1 of 144.*--deep"):
        list(ShardDataset(data, ["x.npy"], max_faults=1).loader(LANES))


def test_a_share_is_one_of_the_ranks_own_rows():
    assert Limit(0.1).count(50) == 5 and Limit(np.float32(0.5)).count(10) == 5 and Limit(np.int64(3)).count(10) == 3
    for wrong in (-1, 1.5, float("nan"), "1%", None):
        with pytest.raises(UsageError, match="max_faults"):
            Limit(wrong)


@pytest.mark.parametrize("workers", [0, 1])
@pytest.mark.parametrize("columns", [["x.npy"], ["ragged.npy"], ["json"]])
def test_a_sample_that_a_rewrite_left_empty_is_a_bad_one(data, columns, workers):
    dataset = ShardDataset(data, columns, max_faults=5)
    assert len(dataset) == 100
    with Shard(data / "a.tar") as shard:
        bodies = [b"" if row == 8 else shard.read(row, columns[0]) for row in range(40)]
    rewrite(data / "a.tar", {columns[0]: bodies.__getitem__})
    loader = dataset.loader(10, workers)
    keys = [key for batch in loader for key in batch["__key__"]]
    (fault,) = loader.faults
    loader.close()
    assert fault.key == "a-0008" and "empty since the shard was rewritten" in fault.message
    assert "a-0008" not in keys and len(keys) == 100


def test_a_flipped_bit_of_an_arrays_header_costs_no_values(data):
    """The checksum proves the values of arrays that are read together; elsewhere the sample is a bad one."""
    with Shard(data / "a.tar") as shard:
        place = shard.extent(5, "x.npy")
    with (data / "a.tar").open("r+b") as file:
        file.seek(place.offset + 60)
        byte = file.read(1)
        file.seek(place.offset + 60)
        file.write(bytes([byte[0] ^ 1]))
    for workers in (0, 2):
        loader = ShardDataset(data, ["x.npy"], max_faults=3).loader(10, workers)
        rows = [
            pair for batch in loader for pair in zip(batch["__key__"], batch["x.npy"][:, 0, 0].tolist(), strict=True)
        ]
        assert all(int(key[2:]) == value for key, value in rows) and len(rows) == 100
        assert [fault.key for fault in loader.faults] in ([], ["a-0005"])
        loader.close()
