"""A disk that is full, a folder that may not be written: a clear error, the old shard as it was, nothing left."""

import os
import resource
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest

from faceshards.errors import StorageError
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import rewrite
from faceshards.shards.schema.codecs import encode
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import ShardWriter


def make(folder, size=200_000):
    with ShardWriter(folder / "a.tar", provenance=[Provenance("pack", 1)]) as writer:
        for i in range(5):
            writer.add(f"k{i}", {"json": {"name": f"n{i}"}, "mp4": np.random.default_rng(i).bytes(size)})
    return folder / "a.tar"


def add(tar):
    return rewrite(tar, {"x.npy": lambda row: encode("x.npy", np.zeros(3))})


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 2 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=2m", "none", str(disk)]
    if subprocess.run(words, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_stops_a_rewrite_before_its_first_byte(small_disk):
    tar = make(small_disk, 300_000)
    old = tar.read_bytes()
    with pytest.raises(StorageError, match=r"the disk is full: .* \(a\.tar stands as it was\)$"):
        add(tar)
    assert tar.read_bytes() == old and names(small_disk) == ["a.parquet", "a.tar"]


def test_a_disk_that_fills_up_on_the_way(small_disk):
    tar = make(small_disk, 100_000)
    old = tar.read_bytes()

    def greedy(row):
        if row == 2:
            with suppress(OSError):
                (small_disk / "greed").write_bytes(bytes(3 << 20))
        return bytes(300_000)

    with pytest.raises(StorageError, match=r"the disk is full: .* \(a\.tar stands as it was\)$"):
        rewrite(tar, {"x.bin": greedy})
    assert tar.read_bytes() == old and names(small_disk) == ["a.parquet", "a.tar", "greed"]


def test_a_disk_without_room_for_the_index_keeps_the_new_shard(small_disk):
    """The index is a cache: the shard is read all the same, and the index comes when there is room."""
    tar = make(small_disk, 100_000)

    def last(row):
        return bytes(10)

    written = rewrite(tar, {"x.bin": last})
    tar.with_suffix(".parquet").unlink()
    with suppress(OSError):
        (small_disk / "greed").write_bytes(bytes(3 << 20))
    with Shard(tar) as shard:
        assert shard.generation == written.generation and shard.read(3, "x.bin") == bytes(10)
    os.unlink(small_disk / "greed")
    with Shard(tar):
        assert tar.with_suffix(".parquet").exists()


def test_a_disk_without_room_for_the_index_says_that_the_new_shard_stands(small_disk):
    def fill():  # the last moment before the shard appears
        with suppress(OSError):
            (small_disk / "greed").write_bytes(bytes(3 << 20))

    writer = ShardWriter(small_disk / "a.tar")
    writer.add("k", {"json": {"name": "n"}})
    with (
        pytest.raises(StorageError, match=r"a\.parquet: .* is full.*; the new a\.tar stands whole"),
        writer,
    ):
        writer.close(check=fill)
    assert names(small_disk) == ["a.tar", "greed"]
    with Shard(small_disk / "a.tar") as shard:
        assert shard.json(0) == {"name": "n"}


def test_a_fresh_shard_on_a_full_disk_says_that_there_is_none(small_disk):
    with pytest.raises(StorageError, match=r"the disk is full: .* \(no a\.tar was made\)$"):
        ShardWriter(small_disk / "a.tar", expected_bytes=3 << 20)
    assert names(small_disk) == []


CHILD = """
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))
import signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
from tests.shards.faults.test_disk import add
from pathlib import Path
from faceshards.errors import StorageError
try:
    add(Path(sys.argv[1]))
except StorageError as error:
    print(error)
"""


def test_a_file_that_may_not_grow(tmp_path):
    tar = make(tmp_path)
    old = tar.read_bytes()
    code = CHILD.format(limit=500_000)
    run = subprocess.run([sys.executable, "-c", code, str(tar)], capture_output=True, text=True)
    assert "may not grow that large" in run.stdout and "(a.tar stands as it was)" in run.stdout, run.stderr
    assert tar.read_bytes() == old and names(tmp_path) == ["a.parquet", "a.tar"]
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 500_000


def test_a_folder_that_goes_read_only_on_the_way(small_disk):
    tar = make(small_disk, 100_000)
    old = tar.read_bytes()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(StorageError, match=r"read-only: write elsewhere \(a\.tar stands as it was\)$"):
        add(tar)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    assert tar.read_bytes() == old and names(small_disk) == ["a.parquet", "a.tar"]


def test_a_permission_that_is_missing(tmp_path):
    tar = make(tmp_path)
    old = tar.read_bytes()
    code = f"""
import encodings.unicode_escape, os  # nobody may not read the library any more
from pathlib import Path
from tests.shards.faults.test_disk import add
from faceshards.errors import StorageError
os.chmod({str(tmp_path)!r}, 0o555)
os.setgid(65534); os.setuid(65534)
try:
    add(Path({str(tar)!r}))
except StorageError as error:
    print(error)
"""
    if os.getuid():
        pytest.skip("only the super-user can become nobody")
    for folder in (tmp_path, *list(tmp_path.parents)[:-2]):
        os.chmod(folder, 0o755)
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "permission is missing" in run.stdout and "(a.tar stands as it was)" in run.stdout, run.stderr
    assert tar.read_bytes() == old and names(tmp_path) == ["a.parquet", "a.tar"]
