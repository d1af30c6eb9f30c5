"""A shard that does not open hides no other."""

import pytest

from faceshards.errors import ShardError, UsageError
from faceshards.shards.index.catalogue import catalogued
from faceshards.shards.writer import ShardWriter
from faceshards.viewer.pages.readable import readable


def test_those_that_open_are_read_and_the_others_named(tmp_path):
    for name in "ac":
        with ShardWriter(tmp_path / f"{name}.tar") as writer:
            writer.add(f"{name}0", {"json": {"score": 1.5}, "txt": b"x"})
    rows, broken = readable(catalogued([tmp_path]), None)
    assert (len(rows.rows), broken) == (2, {})
    (tmp_path / "b.tar").write_bytes(b"\0" * 100)
    rows, broken = readable(catalogued([tmp_path]), "score > 1")
    assert rows.columns(["key"])["key"].to_pylist() == ["a0", "c0"] and len(rows.rows) == 2
    ((place, reason),) = broken.items()
    assert place == tmp_path / "b.tar" and "b.tar" not in reason and "restore" in reason and "\n" not in reason
    with pytest.raises(UsageError, match="does not evaluate"):
        readable(catalogued([tmp_path]), "scoer > 1")


def test_where_none_opens_its_own_words_are_said(tmp_path):
    (tmp_path / "b.tar").write_bytes(b"\0" * 100)
    with pytest.raises(ShardError, match=r"b\.tar"):
        readable(catalogued([tmp_path]), None)
