import os
import tarfile

import pytest

from faceshards.shards.reader import Shard
from faceshards.shards.writer import ShardWriter


def write(path, count=3, size=10):
    with ShardWriter(path) as writer:
        for i in range(count):
            writer.add(f"k{i}", {"json": {"name": f"n{i}", "snr_db": i * 1.5}, "mp4": bytes([i]) * size})
    return path


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
