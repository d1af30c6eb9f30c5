"""What shards say of their data set, from the index alone."""

import pytest

from faceshards.packing.hub.summary import HubCollection, summarised
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


def test_counts_add_up_and_types_find_room(tmp_path):
    rows = (
        {"duration": 2.0, "collection": "A", "licence": "mit", "identity": "ann", "mine": 1},
        {"duration": 3.0, "identity": "bob", "mine": 2.5},
        {"licence": 7, "identity": "ann", "mine": "x"},
    )
    paths = [tmp_path / f"{number}.tar" for number in range(3)]
    for path, facts in zip(paths, rows, strict=True):
        with ShardWriter(path) as writer:
            writer.add("k", {"json": facts, "txt": b"x" if "collection" in facts else None})
    found = summarised(map(Shard, paths))
    assert (found.shards, found.samples, found.seconds, found.persons, found.unlicensed) == (3, 3, 5.0, 3, 2)
    assert found.collections == {HubCollection("A", "mit", ""): [1, 2.0], HubCollection("", "", ""): [2, 3.0]}
    assert found.columns == {"json": 3, "txt": 1} and found.licences == ["mit"]
    assert found.scalars["mine"] == "string" and found.scalars["duration"] == "double"
    assert found.bytes == sum(path.stat().st_size for path in paths)


def test_what_was_removed_on_request_is_no_sample(tmp_path):
    with ShardWriter(tmp_path / "a.tar") as writer:
        writer.add("k", {"json": {"licence": "mit", "duration": 1.0}})
        writer.add("gone", {"json": {"removed": "on request"}})
    with Shard(tmp_path / "a.tar") as shard:
        found = summarised([shard])
    assert (found.samples, found.unlicensed, found.columns["json"]) == (1, 0, 1)


def test_none_is_nothing():
    assert summarised([]).samples == 0 == pytest.approx(summarised([]).seconds)
