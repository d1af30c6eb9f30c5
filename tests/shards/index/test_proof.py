import tarfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.shards.index import proof
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.index.index import index_bytes
from faceshards.shards.index.proof import is_proven
from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter

COLUMNS = ["json", "mp4", "txt"]


@pytest.fixture(scope="module")
def tar(tmp_path_factory):
    """Keys and bodies of many lengths: names of more than a header's room, sizes on either side of a block."""
    path = tmp_path_factory.mktemp("proof") / "a.tar"
    with ShardWriter(path, durable=False) as writer:
        for i in range(60):
            key = f"k{i}" + "x" * (3 * i)
            writer.add(key, {"json": {"frames": i}, "mp4": bytes(512 + i - 30), "txt": b""})
    return path


def parts(tar):
    with Shard(tar) as shard:
        return pq.read_table(tar.with_suffix(".parquet")), shard.generation, shard.nbytes


def swapped(table):
    order = list(range(len(table)))
    order[3], order[4] = order[4], order[3]
    return table.take(order)


def changed(name, change):
    """The table with a field of a member column, or a column, changed in one row."""

    def spoil(table):
        column, _, field = name.partition("/")
        values = table[column].to_pylist()
        values[5] = {**values[5], field: change(values[5][field])} if field else change(values[5])
        return table.set_column(table.column_names.index(column), column, pa.array(values, table[column].type))

    return spoil


LIES = {
    "two rows swapped": swapped,
    "a row twice": lambda table: pa.concat_tables([table.slice(0, 59), table.slice(0, 1)]),
    "another key": changed("key", lambda key: key + "y"),
    "another size": changed("mp4/size", lambda size: size + 1),
    "another place": changed("mp4/offset", lambda offset: offset + 512),
    "a negative size": changed("mp4/size", lambda size: -1),
    "no checksum": changed("mp4/crc32c", lambda crc: None),
    "another checksum": changed("txt/crc32c", lambda crc: crc ^ 1),
    "another span": changed("size", lambda size: size + 512),
    "another start": changed("offset", lambda offset: offset - 512),
    "no rows": lambda table: table.slice(0, 0),
}


@pytest.mark.parametrize("rows", [1 << 14, 7])
def test_an_index_proves_itself_in_parts_of_any_size(tar, rows, monkeypatch):
    monkeypatch.setattr(proof, "_ROWS", rows)
    table, generation, length = parts(tar)
    assert is_proven(table, COLUMNS, generation, length)
    assert not is_proven(table, COLUMNS, generation, length + 512)
    assert not is_proven(table, COLUMNS[:2], generation, length)
    for lie in LIES.values():
        assert not is_proven(lie(table), COLUMNS, generation, length)


def test_a_shard_without_samples_is_proven(tmp_path):
    ShardWriter(tmp_path / "a.tar").close()
    table, generation, length = parts(tmp_path / "a.tar")
    assert is_proven(table, [], generation, length) and not is_proven(table, [], "0" * 32, length)


@pytest.mark.parametrize("lie", LIES)
def test_an_index_that_lies_consistently_is_made_anew(tar, lie, tmp_path):
    """Its sums, its schema's and its generation hold; opened alone and merged, the shard is read right."""
    table, _, _ = parts(tar)
    told = LIES[lie](table).replace_schema_metadata(table.schema.metadata)
    (tmp_path / "a.tar").write_bytes(tar.read_bytes())
    for how in ("alone", "merged"):
        (tmp_path / "a.parquet").write_bytes(index_bytes(told))
        if how == "alone":
            with Shard(tmp_path / "a.tar") as shard:
                assert shard.index.equals(table)
        else:
            assert open_dataset(tmp_path).table.equals(table.replace_schema_metadata())
        assert pq.read_table(tmp_path / "a.parquet").equals(table)


def test_a_foreign_index_whose_members_lie_outside_is_made_anew(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"abc")
    with tarfile.open(tmp_path / "f.tar", "w") as out:
        out.add(tmp_path / "a.txt", "a.txt")
    with Shard(tmp_path / "f.tar") as shard:
        right = shard.index
    for offset in (-5, shard.nbytes, 1 << 62):
        told = pa.array([{"offset": offset, "size": 3, "crc32c": None}], right["txt"].type)
        lie = right.set_column(right.column_names.index("txt"), "txt", told)
        (tmp_path / "f.parquet").write_bytes(index_bytes(lie))
        with Shard(tmp_path / "f.tar") as shard:
            assert shard.read(0, "txt") == b"abc"
