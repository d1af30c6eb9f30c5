import os
import subprocess
import tarfile
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from faceshards.errors import DamagedShard, UnsafeData
from faceshards.shards.index import index
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


@pytest.mark.parametrize("spoil", [os.unlink, lambda p: p.write_bytes(b"rubbish"), lambda p: os.truncate(p, 100)])
def test_a_missing_or_broken_index_is_rebuilt(tmp_path, spoil):
    write(tmp_path / "a.tar")
    good = (tmp_path / "a.parquet").read_bytes()
    spoil(tmp_path / "a.parquet")
    with Shard(tmp_path / "a.tar") as shard:
        assert shard.keys == ["k0", "k1", "k2"]
    assert (tmp_path / "a.parquet").read_bytes() == good


def test_an_index_of_another_generation_is_rebuilt(tmp_path):
    write(tmp_path / "a.tar")
    write(tmp_path / "b.tar", 2, size=20)
    os.replace(tmp_path / "b.tar", tmp_path / "a.tar")
    with Shard(tmp_path / "a.tar") as shard:
        assert len(shard) == 2 and shard.read(1, "mp4") == b"\1" * 20


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_foreign_tars_of_every_kind(tmp_path, form):
    long = "d" * 90 + "/" + "n" * 60 if form != tarfile.USTAR_FORMAT else "d" * 90 + "/" + "n" * 40
    (tmp_path / "body").write_bytes(b"abc")
    os.symlink("body", tmp_path / "link")
    with tarfile.open(tmp_path / "f.tar", "w", format=form) as tar:
        tar.add(tmp_path, "folder", recursive=False)
        tar.add(tmp_path / "link", "a.link")
        for name in ("顔.jpg" if form != tarfile.USTAR_FORMAT else "f.jpg", f"{long}.jpg", "__meta__/x.json", "nodot"):
            tar.add(tmp_path / "body", name)
    table = built(tmp_path / "f.tar")
    expected = ["顔" if form != tarfile.USTAR_FORMAT else "f", long]
    assert table["key"].to_pylist() == expected
    offset = table["jpg"][1].as_py()["offset"]
    assert (tmp_path / "f.tar").read_bytes()[offset : offset + 3] == b"abc"


def test_a_sparse_member_is_refused(tmp_path):
    with open(tmp_path / "holes.jpg", "wb") as file:
        file.truncate(1 << 20)
    subprocess.run(["tar", "--sparse", "-cf", tmp_path / "s.tar", "-C", tmp_path, "holes.jpg"], check=True)
    with pytest.raises(UnsafeData, match="sparse"):
        built(tmp_path / "s.tar")


def test_a_damaged_header_is_found(tmp_path):
    tar = write(tmp_path / "a.tar")
    with open(tar, "r+b") as file:
        file.seek(-1024 - 1024 + 3, os.SEEK_END)
        file.write(b"!")
    os.unlink(tmp_path / "a.parquet")
    with pytest.raises(DamagedShard, match="checksum"):
        built(tar)


def test_a_damaged_json_is_never_indexed(tmp_path):
    tar = write(tmp_path / "a.tar")
    with Shard(tar) as shard:
        offset = shard.extent(1, "json").offset
    with open(tar, "r+b") as file:
        file.seek(offset + 2)
        file.write(b"X")
    with pytest.raises(DamagedShard, match=r"k1\.json"):
        built(tar)


def test_a_member_beyond_the_end_is_found(tmp_path):
    (tmp_path / "body").write_bytes(b"abc" * 1000)
    with tarfile.open(tmp_path / "f.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(tmp_path / "body", "a.jpg")
    os.truncate(tmp_path / "f.tar", 1024)
    with pytest.raises(DamagedShard, match="claims 3000 bytes"):
        built(tmp_path / "f.tar")


def test_a_foreign_tar_that_changed_is_indexed_anew(tmp_path):
    def pack(names):
        with tarfile.open(tmp_path / "f.tar", "w") as tar:
            for name in names:
                (tmp_path / "body").write_bytes(name.encode())
                tar.add(tmp_path / "body", name)

    pack(["a.txt", "b.txt"])
    with Shard(tmp_path / "f.tar") as shard:
        assert shard.keys == ["a", "b"]
    pack(["c.txt", "d.txt"])
    with Shard(tmp_path / "f.tar") as shard:
        assert shard.keys == ["c", "d"]
