"""Many shards as one run of rows."""

import os
import tarfile
from pathlib import Path

import numpy as np
import pytest

from faceshards.bench.object_store.process import ObjectStore
from faceshards.errors import ShardError, UsageError
from faceshards.shards.schema.removed import tombstone
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.pages import collection as module
from faceshards.viewer.pages.collection import Collection


def shard(path: Path, *names: str, gone: tuple[str, ...] = ()) -> Path:
    with ShardWriter(path) as writer:
        for number, name in enumerate(names):
            facts = tombstone("asked for") if name in gone else {"name": name, "score": number / 10}
            writer.add(name, {"json": facts, "mp4": name.encode() * 3})
    return path


@pytest.fixture
def two(tmp_path):
    shard(tmp_path / "a.tar", "a0", "a1", "a2", gone=("a1",))
    shard(tmp_path / "sub.tar", "b0", "b1")
    return tmp_path


def named(collection: Collection) -> list[str]:
    """The key of each row that may be looked at, as its own shard has it."""
    found = []
    for row in collection.rows.tolist():
        shard, there = collection.locate(row)
        found.append(shard.keys[there])
    return found


def test_rows_lead_to_their_shards_and_tombstones_to_none(two):
    collection = Collection([two])
    assert (len(collection), collection.removed, collection.rows.tolist()) == (5, 1, [0, 2, 3, 4])
    assert named(collection) == ["a0", "a2", "b0", "b1"]
    for row in (1, 5, -1, 10**30):
        assert not collection.shows(row)
        with pytest.raises(UsageError, match="no row of what is looked at"):
            collection.locate(row)
    assert collection.columns(["score"])["score"].to_pylist()[3:] == [0.0, 0.1]
    assert named(Collection([two], "score = 0")) == ["a0", "b0"]


def test_a_path_counts_once_and_means_the_same_wherever_the_process_goes(two, monkeypatch):
    monkeypatch.chdir(two)
    collection = Collection(["a.tar", "./a.tar", two / "a.tar", ".", "../" + two.name])
    monkeypatch.chdir("/")
    assert sorted(named(collection)) == ["a0", "a2", "b0", "b1"]
    assert collection.is_current()


def test_a_shard_that_does_not_open_is_named_and_hides_no_other(two):
    (two / "m.tar").write_bytes(b"\xff" * 4096)
    (two / "empty.tar").touch()
    for asked in ([two], sorted(two.glob("*.tar"))):
        collection = Collection(asked)
        assert named(collection) == ["a0", "a2", "b0", "b1"]
        assert {place.name for place in collection.broken} == {"m.tar", "empty.tar"}
        assert all(reason and str(place) not in reason for place, reason in collection.broken.items())
    with pytest.raises(ShardError, match=r"m\.tar"):
        Collection([two / "m.tar"])
    with pytest.raises(UsageError, match="does not evaluate"):
        Collection([two], "no_such_column > 1")


def test_none_is_said(tmp_path):
    with pytest.raises(UsageError, match=r"no \.tar shard under"):
        Collection([tmp_path])


def test_a_foreign_tar_in_a_folder_that_may_not_be_written(tmp_path):
    (tmp_path / "one.txt").write_text("x")
    with tarfile.open(tmp_path / "f.tar", "w") as tar:
        for name in ("k.mp4", "k.txt", "l.mp4"):
            tar.add(tmp_path / "one.txt", name)
    os.chmod(tmp_path, 0o555)
    try:
        collection = Collection([tmp_path])
        assert named(collection) == ["k", "l"]
        there, row = collection.locate(0)
        assert there.read(row, "txt") == b"x"
    finally:
        os.chmod(tmp_path, 0o755)


def test_a_shard_that_is_rewritten_is_read_anew_and_one_of_other_samples_is_not(two):
    collection = Collection([two])
    old, row = collection.locate(0)
    os.replace(shard(two / "x.new.tar", "a0", "a1", "a2"), two / "a.tar")
    assert not collection.is_current()
    new, _ = collection.locate(0)
    assert new is not old and old.read(row, "mp4") == b"a0" * 3, "who reads the old one reads on"
    for names in (("a0", "a1"), ("c0", "c1", "c2")):
        os.replace(shard(two / "x.new.tar", *names), two / "a.tar")
        with pytest.raises(UsageError, match="replaced by a shard of other samples: open the page again"):
            collection.locate(2)
    assert collection.locate(3)[0].keys == ["b0", "b1"]


def test_few_shards_are_held_open(two, monkeypatch):
    monkeypatch.setattr(module, "MOST_OPEN", 1)
    collection = Collection([two])
    first, _ = collection.locate(0)
    assert collection.locate(2)[0] is first
    collection.locate(4)
    assert collection.locate(0)[0] is not first


def test_of_a_store_a_row_that_is_looked_at_again_costs_no_request(two, monkeypatch):
    with ObjectStore() as store:
        for name, value in store.environment.items():
            monkeypatch.setenv(name, value)
        for file in two.iterdir():
            store.put(f"bucket/set/{file.name}", file.read_bytes())
        monkeypatch.setattr(module, "_TRUSTED", 1000.0)
        collection = Collection(["s3://bucket/set"])
        assert named(collection) == ["a0", "a2", "b0", "b1"]
        store.log(clear=True)
        there, row = collection.locate(4)
        assert not store.log()
        assert there.read(row, "mp4") == b"b1" * 3
        monkeypatch.setattr(module, "_TRUSTED", 0.0)
        store.put("bucket/set/sub.tar", shard(two / "y.new.tar", "b0", "b1").read_bytes())
        collection.locate(4)
        assert np.all(collection.starts == [0, 3, 5])
