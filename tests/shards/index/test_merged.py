import json
import os
import struct

import numpy as np
import pyarrow as pa
import pytest
from fastcrc import crc32

from faceshards.shards.index.merged import MAGIC, MergedShard, UntrueMergedIndex, open_merged, write_merged

TABLE = pa.table({"key": [f"k{i}" for i in range(40)], "n": range(40), "x": pa.array([1.5, None] * 20)})
SOURCES = [MergedShard("a.tar", 100, 5, 6, "ab", 10), MergedShard("b.tar", 200, 7, 8, "cd", 30)]


@pytest.fixture
def path(tmp_path):
    with open(tmp_path / "rows", "wb") as out:
        groups = [(SOURCES[:1], TABLE.slice(0, 10)), (SOURCES[1:], TABLE.slice(10))]
        write_merged(out, TABLE.schema, groups)
    return tmp_path / "rows"


def test_rows_come_back_with_their_shards(path):
    merged = open_merged(path)
    assert merged.sources == tuple(SOURCES) and merged.schema == TABLE.schema
    assert merged.columns(TABLE.schema.names).equals(TABLE)
    assert merged.columns(["x", "key"]).equals(TABLE.select(["x", "key"]))


def test_text_that_overflows_a_column_is_written_in_several_batches(tmp_path):
    rows = pa.table({"key": pa.chunked_array([["a"], ["b", "c"]])})
    with open(tmp_path / "rows", "wb") as out:
        write_merged(out, rows.schema, [(SOURCES[:1], rows), ([], rows.slice(0, 0))])
    assert open_merged(tmp_path / "rows") is None, "three rows of a shard that has ten"


def test_every_byte_is_held_against_a_sum(path):
    """The file is not believed, or a column is not, and the others are; only between pieces a byte says nothing."""
    whole = path.read_bytes()
    untrue = {name: 0 for name in TABLE.schema.names}
    for at in range(0, len(whole), 5):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        merged = open_merged(path)
        if merged is None:
            continue
        fell = []
        for name in TABLE.schema.names:
            try:
                assert merged.columns([name]).equals(TABLE.select([name]))
            except UntrueMergedIndex:
                fell.append(name)
        assert len(fell) <= 1
        untrue.update({name: untrue[name] + 1 for name in fell})
        assert fell or not any(whole[at : at + 1])
    assert all(untrue.values())


def test_a_file_that_is_cut_while_it_is_open_is_not_touched(path):
    merged = open_merged(path)
    merged.columns(["n"])
    os.truncate(path, 100)
    for name in ("n", "key"):
        with pytest.raises(UntrueMergedIndex):
            merged.columns([name])


@pytest.mark.parametrize("kind", ["cut", "empty", "pipe", "old", "another machine"])
def test_a_file_of_another_kind_is_none(path, kind, monkeypatch):
    if kind == "cut":
        os.truncate(path, path.stat().st_size - 1)
    elif kind == "empty":
        os.truncate(path, 0)
    elif kind == "pipe":
        path.unlink()
        os.mkfifo(path)
    elif kind == "old":
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_file(out, TABLE.schema) as writer:
            writer.write_table(TABLE)
    else:
        monkeypatch.setattr("sys.byteorder", "big")
    assert open_merged(path) is None


def test_text_that_points_outside_its_piece_is_not_believed(tmp_path):
    """The sums hold, and yet whoever wrote it is not to be trusted."""
    offsets = pa.py_buffer(np.array([0, 1 << 30, 3], np.int32))
    key = pa.StringArray.from_buffers(2, offsets, pa.py_buffer(b"abc"))
    rows = pa.Table.from_arrays([key], ["key"])
    with open(tmp_path / "rows", "wb") as out:
        write_merged(out, rows.schema, [([MergedShard("a.tar", 1, 2, 3, "", 2)], rows)])
    with pytest.raises(UntrueMergedIndex):
        open_merged(tmp_path / "rows").columns(["key"])


def test_a_piece_that_ends_before_it_begins_is_not_believed(path):
    """Arrow's mark of a stream's end, under a sum that holds."""
    body = bytearray(path.read_bytes())
    size = int.from_bytes(body[-20:-12], "little")
    head = json.loads(body[-20 - size : -20])
    offset, length, _ = head["groups"][0]["pieces"][0]
    body[offset : offset + 8] = b"\xff\xff\xff\xff\0\0\0\0"
    head["groups"][0]["pieces"][0][2] = crc32.iscsi(bytes(body[offset : offset + length]))
    told = json.dumps(head).encode()
    tail = struct.pack("<QI8s", len(told), crc32.iscsi(told), MAGIC)
    path.write_bytes(bytes(body[: -20 - size]) + told + tail)
    with pytest.raises(UntrueMergedIndex):
        open_merged(path).columns(["key"])
