"""How well rows are shuffled: people in order, and how often neighbours are the same."""

import numpy as np
import pytest

from faceshards.bench.stream.resume import _adjacency, _rows
from faceshards.loaders import ShardDataset
from faceshards.shards.reader import Shard


def test_rows_are_sorted_by_person_over_all_shards(tmp_path):
    folder = _rows(tmp_path / "rows", shards=3, rows=20, people=6)
    keys = []
    for path in sorted(folder.glob("*.tar")):
        with Shard(path) as shard:
            assert len(shard) == 20 and shard.get(0, "a.npy").shape == (500,)
            keys += shard.keys
    people = [key.split("-")[0] for key in keys]
    assert people == sorted(people) and [people.count(one) for one in dict.fromkeys(people)] == [10] * 6
    assert [int(key.split("-")[1]) for key in keys] == list(range(60))


@pytest.mark.parametrize(("people", "share"), [("aaaa", 1.0), ("abab", 0.0), ("aabb", 2 / 3), ("aab", 0.5)])
def test_the_share_of_neighbours_of_the_same_person(people, share):
    assert _adjacency([f"{person}-{number}" for number, person in enumerate(people)]) == pytest.approx(share)


def test_a_shuffle_over_all_rows_leaves_what_chance_does(tmp_path):
    folder = _rows(tmp_path / "rows", shards=4, rows=250, people=20)
    dataset = ShardDataset(folder, ["json"])
    keys = dataset.plan.keys.to_pylist()
    assert _adjacency(sorted(keys)) == pytest.approx(1 - 19 / 999)
    found = _adjacency([keys[unit] for unit in dataset.order(0).units])
    chance = np.sqrt(0.05 * 0.95 / 999)
    assert found == pytest.approx(0.05, abs=5 * chance)
