import os
import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import ShardError
from faceshards.shards.repair.checkup import check_up
from faceshards.shards.writer import ShardWriter
from tests.shards.repair.damage import ROWS, flip


@pytest.mark.parametrize("depth", ["index", "headers", "bytes"])
def test_a_whole_shard_is_whole_and_its_index_current(tar, depth):
    """The index that the writer made is the one that a scan makes."""
    found = check_up(tar, depth)
    state = "unverified" if depth == "index" else "whole"
    assert (found.state, found.index, found.samples, found.defects) == (state, "current", ROWS, ())
    assert found.bytes == tar.stat().st_size


def test_an_index_is_built_where_there_is_none_and_rebuilt_where_it_is_stale(tar):
    index = tar.with_suffix(".parquet")
    good = pq.read_table(index)
    index.unlink()
    assert check_up(tar, "index").index == "built"
    assert pq.read_table(index).equals(good)
    index.write_bytes(b"noise")
    assert check_up(tar, "index").index == "rebuilt"
    with ShardWriter(tar.with_name("b.tar")) as writer:
        writer.add("x", {"json": {}})
    os.replace(tar.with_name("b.parquet"), index)
    assert check_up(tar, "index").index == "rebuilt"
    assert pq.read_table(index).equals(good)
    assert check_up(tar, "index").index == "current"


@pytest.mark.parametrize("place", ["header", "body", "end", "length"])
def test_damage_is_found(tar, place):
    size = tar.stat().st_size
    at = tar.read_bytes().index(b"k2.mp4")
    if place == "length":
        os.truncate(tar, size - 512)
    else:
        flip(tar, {"header": at, "body": at + 700, "end": size - 4}[place])
    found = check_up(tar, "bytes")
    assert (found.state, found.index, found.samples) == ("damaged", "none", None) and found.defects


def test_a_foreign_tar_is_indexed_and_unchecked(tmp_path):
    (tmp_path / "x.txt").write_text("x")
    with tarfile.open(tmp_path / "f.tar", "w") as file:
        file.add(tmp_path / "x.txt", "x.txt")
    found = check_up(tmp_path / "f.tar", "bytes")
    assert (found.state, found.index, found.samples, found.broken) == ("unchecked", "built", 1, False)


def test_an_index_that_says_something_else_is_wrong_where_it_is_compared(tar):
    index = tar.with_suffix(".parquet")
    good = pq.read_table(index)
    at = good.column_names.index("name")
    other = good.set_column(at, good.schema.field(at), pa.array(["other"] * ROWS, good["name"].type))
    pq.write_table(other, index, use_dictionary=False)
    assert check_up(tar, "index").index == "current"  # its generation is all that was looked at
    for depth in ("headers", "bytes"):
        found = check_up(tar, depth)
        assert (found.state, found.index, found.samples, found.broken) == ("whole", "wrong", ROWS, True)
        assert "something else than the tar" in found.defects[0].says


def test_a_flipped_bit_of_a_body_is_found_by_reading_it_and_not_before(tar):
    flip(tar, tar.read_bytes().index(b"k2.mp4") + 700)
    assert [check_up(tar, depth).broken for depth in ("index", "headers", "bytes")] == [False, False, True]


def test_where_no_file_is_there_is_nothing_to_check(tmp_path):
    with pytest.raises(ShardError):
        check_up(tmp_path / "absent.tar", "index")
