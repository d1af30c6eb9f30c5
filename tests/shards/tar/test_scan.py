import os
import subprocess
import tarfile
from pathlib import Path

import pyarrow as pa
import pytest

from faceshards.errors import DamagedShard, UnsafeData
from faceshards.shards.index import index
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


def test_a_member_beyond_the_end_is_found(tmp_path):
    (tmp_path / "body").write_bytes(b"abc" * 1000)
    with tarfile.open(tmp_path / "f.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        tar.add(tmp_path / "body", "a.jpg")
    os.truncate(tmp_path / "f.tar", 1024)
    with pytest.raises(DamagedShard, match="claims 3000 bytes"):
        built(tmp_path / "f.tar")
