"""Bad samples: replaced by the next good one of their lane, counted, listed; a limit."""

import numpy as np
import pytest
import torch

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders import ShardDataset
from faceshards.loaders.faults import Limit, TooManyFaults
from faceshards.loaders.order import LANES
from faceshards.shards.reader import Shard


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
