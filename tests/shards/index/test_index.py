import io
import tarfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import DamagedShard
from faceshards.shards.index import index
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.writer import ShardWriter


def built(tar: Path) -> pa.Table:
    """The index of a tar by a scan."""
    with LocalFile(tar) as file:
        return index.build(file)


def write(path, count=3, size=10):
    with ShardWriter(path) as writer:
        for i in range(count):
            writer.add(f"k{i}", {"json": {"name": f"n{i}", "snr_db": i * 1.5}, "mp4": bytes([i]) * size})
    return path


def test_the_index_written_is_the_index_scanned(tmp_path):
    tar = write(tmp_path / "a.tar")
    assert built(tar).equals(pq.read_table(tmp_path / "a.parquet"), check_metadata=True)


def test_duckdb_reads_it(tmp_path):
    write(tmp_path / "a.tar")
    rows = duckdb.sql(f"select key, mp4.size from '{tmp_path}/*.parquet' where snr_db > 1").fetchall()
    assert rows == [("k1", 10), ("k2", 10)]


def test_a_damaged_json_is_never_indexed(tmp_path):
    tar = write(tmp_path / "a.tar")
    with Shard(tar) as shard:
        offset = shard.extent(1, "json").offset
    with open(tar, "r+b") as file:
        file.seek(offset + 2)
        file.write(b"X")
    with pytest.raises(DamagedShard, match=r"k1\.json"):
        built(tar)


def test_the_word_removed_in_a_foreign_json_makes_no_tombstone(tmp_path):
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        member = tarfile.TarInfo("a.json")
        member.size = len(body := b'{"removed": "watermark", "k": 1}')
        tar.addfile(member, io.BytesIO(body))
    for _ in range(2):  # built, then read
        with Shard(tmp_path / "a.tar") as shard:
            assert standing(shard.index).tolist() == [True] and shard.index["k"].to_pylist() == [1]
