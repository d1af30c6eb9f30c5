from pathlib import Path

import pytest

from faceshards.errors import UsageError
from faceshards.packing.compact.chosen import choose


def test_rows_are_those_of_the_filter_and_keys_are_unique(world, shards):
    choice = choose([Path("set/a.tar"), Path("set/b.tar")], "frames >= 20 OR mine = 1")
    assert [one.rows.tolist() for one in choice.shards] == [[1, 2, 3], [0, 1]]
    assert [list(one.keys) for one in choice.shards] == [["k1", "k2", "k3"], ["k1-2", "z"]]
    assert [one.renamed for one in choice.shards] == [0, 1] and (choice.kept, choice.clips) == (5, 6)
    assert choice.columns("mp4") == ["json", "mp4", "faces.msg"] and len(choice.provenance("mp4")) == 2


def test_a_choice_is_told_from_another_by_bytes_and_rows_not_by_words(world, shards):
    both = [Path("set/a.tar"), Path("set/b.tar")]
    first = choose(both, "frames > 10").record()
    assert choose(both, "frames >= 20").record() == first
    assert choose(both, "frames > 20").record()["shards"] == first["shards"]
    assert choose(both, "frames > 20").record() != first
    shards.write(Path("set/b.tar"), {"k1": {"mine": 5}, "z": {}})
    assert choose(both, "frames > 10").record()["shards"] != first["shards"]


def test_nothing_that_matches_is_told(world):
    with pytest.raises(UsageError, match="no clip of 1 shard"):
        choose([Path("set/b.tar")], "frames < 0")
