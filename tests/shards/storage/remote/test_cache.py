"""The local cache: right bytes whatever happens to its files, within its limit, shared by processes."""

import os
import pickle
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import StorageError, UsageError
from faceshards.shards.storage.remote import Cache
from faceshards.shards.storage.remote.cache import BLOCK
from faceshards.shards.storage.url import Url

SIZE = 10 * BLOCK + 1234
BODY = np.random.default_rng(0).bytes(SIZE)
URL = Url("s3://bucket", "a.tar")


class Origin:
    """An object that counts what is fetched of it."""

    def __init__(self, body=BODY):
        self.body, self.fetched = body, []

    def __call__(self, offset, count):
        self.fetched.append((offset, count))
        return self.body[offset : offset + count]


def test_only_missing_blocks_are_fetched_and_every_span_is_right(tmp_path):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    rng = np.random.default_rng(1)
    for _ in range(200):
        offset, stop = sorted(rng.integers(0, SIZE, 2).tolist())
        assert cache.read(URL, "e", SIZE, offset, stop - offset, origin) == BODY[offset:stop]
    assert sum(count for _, count in origin.fetched) == SIZE  # each block once
    again = Cache(tmp_path, 1 << 30)
    assert again.read(URL, "e", SIZE, 0, SIZE, None) == BODY


def test_neighbouring_blocks_come_in_one_request_and_another_version_is_another_object(tmp_path):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    cache.read(URL, "e", SIZE, 3 * BLOCK + 5, 10, origin)
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    assert origin.fetched == [(3 * BLOCK, BLOCK), (0, 3 * BLOCK), (4 * BLOCK, SIZE - 4 * BLOCK)]
    other = Origin(BODY[::-1])
    assert cache.read(URL, "f", SIZE, 0, 100, other) == BODY[::-1][:100] and other.fetched


def test_a_damaged_block_is_fetched_again(tmp_path):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    (file,) = tmp_path.glob("*.blocks")
    with file.open("r+b") as out:
        out.seek(2 * BLOCK + 7)
        out.write(b"\xff\x00\xff")
    origin.fetched.clear()
    assert cache.read(URL, "e", SIZE, 0, SIZE, origin) == BODY
    assert origin.fetched == [(2 * BLOCK, BLOCK)]


def test_the_least_recently_used_go_when_the_limit_is_reached(tmp_path):
    limit = 4 << 20
    cache = Cache(tmp_path, limit)
    first = Url("s3://bucket", "kept.tar")
    for number in range(30):
        cache.read(first, "e", SIZE, 0, SIZE, Origin())
        os.utime(next(iter(tmp_path.glob("*.blocks"))))
        cache.read(Url("s3://bucket", f"{number}.tar"), "e", SIZE, 0, SIZE, Origin())
        used = sum(path.stat().st_blocks * 512 for path in tmp_path.glob("*.blocks"))
        assert used <= limit * 1.05 + SIZE + BLOCK
    assert cache.read(first, "e", SIZE, 0, SIZE, None) == BODY  # used all along
    again = Origin()
    assert cache.read(Url("s3://bucket", "0.tar"), "e", SIZE, 0, SIZE, again) == BODY and again.fetched


def test_a_file_that_another_process_removed_is_made_anew(tmp_path):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    for path in tmp_path.glob("*.blocks"):
        path.unlink()
    assert cache.read(URL, "e", SIZE, 0, SIZE, origin) == BODY
    assert len(list(tmp_path.glob("*.blocks"))) == 1


SHARER = """
import sys, numpy as np
from faceshards.shards.storage.remote import Cache
from faceshards.shards.storage.url import Url
body = np.random.default_rng(0).bytes({size})
cache, rng = Cache(sys.argv[1], 3 << 20), np.random.default_rng(int(sys.argv[2]))
for _ in range(400):
    name = int(rng.integers(8))
    offset, stop = sorted(rng.integers(0, {size}, 2).tolist())
    found = cache.read(Url("s3://b", str(name)), "e", {size}, offset, stop - offset, lambda a, n: body[a : a + n])
    assert found == body[offset:stop]
"""


def test_processes_share_a_folder_while_it_overflows(tmp_path):
    code = SHARER.format(size=SIZE)
    sharers = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(n)]) for n in range(3)]
    assert [one.wait(timeout=120) for one in sharers] == [0, 0, 0]
    Cache(tmp_path, 3 << 20).tidy()
    assert sum(path.stat().st_blocks * 512 for path in tmp_path.glob("*.blocks")) <= 3 << 20


def test_threads_share_a_cache(tmp_path):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    with ThreadPoolExecutor(8) as pool:
        spans = [(offset, min(5000, SIZE - offset)) for offset in range(0, SIZE, 3000)]
        found = list(pool.map(lambda one: cache.read(URL, "e", SIZE, *one, origin), spans))
    assert all(body == BODY[offset : offset + count] for body, (offset, count) in zip(found, spans, strict=True))


def test_wrong_words_are_refused_and_a_full_disk_only_costs_time(tmp_path, monkeypatch):
    with pytest.raises(UsageError, match="1 MiB"):
        Cache(tmp_path, 1000)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StorageError, match="name another folder"):
        Cache(tmp_path / "file", 1 << 30)
    with pytest.raises(StorageError, match=r"^cache /proc: cannot be written \(.*\): name another folder$"):
        Cache("/proc", 1 << 30)
    cache = Cache(tmp_path / "c", 1 << 30)
    assert not list((tmp_path / "c").iterdir()), "the trial leaves nothing"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    assert cache.read(URL, "e", SIZE, 5, 100, Origin()) == BODY[5:105]


def opened(folder: Path) -> list[os.stat_result]:
    """The files of a folder that this process has open, removed ones as well."""
    found = []
    for fd in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith(str(folder)):
                found.append(os.stat(f"/proc/self/fd/{fd}"))
        except OSError:  # the descriptor of the listing itself
            continue
    return found


def test_no_file_stays_open_so_that_the_limit_bounds_the_disk(tmp_path):
    """An open file keeps its blocks after it was removed: the folder would look small, and the disk be full."""
    limit, size = 2 << 20, 1 << 20
    cache = Cache(tmp_path, limit)
    for number in range(60):
        cache.read(Url("s3://b", f"{number}.tar"), "e", size, 0, size, lambda _, count: os.urandom(count))
        files = [path.stat() for path in tmp_path.glob("*.blocks")] + opened(tmp_path)
        assert sum(file.st_blocks * 512 for file in files) <= limit * 1.05 + size + BLOCK
    assert not opened(tmp_path)


def test_a_store_that_fails_leaves_no_file_open(tmp_path):
    def fails(*_):
        raise StorageError("the store is down")

    cache = Cache(tmp_path, 1 << 30)
    with pytest.raises(StorageError, match="the store is down"):
        cache.read(URL, "e", SIZE, 0, SIZE, fails)
    assert not opened(tmp_path)
    assert cache.read(URL, "e", SIZE, 0, SIZE, Origin()) == BODY


def test_many_short_runs_keep_the_limit_together(tmp_path):
    """Each adds less than the twentieth after which a run looks at the folder."""
    limit = 20 << 20
    for number in range(40):
        Cache(tmp_path, limit).read(Url("s3://b", f"{number}.tar"), "e", SIZE, 0, SIZE, Origin())
    assert sum(path.stat().st_blocks * 512 for path in tmp_path.glob("*.blocks")) <= limit + SIZE + BLOCK


def test_reading_goes_on_from_the_store_when_the_folder_vanishes(tmp_path):
    folder = tmp_path / "cache"
    cache, origin = Cache(folder, 1 << 20), Origin()
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    shutil.rmtree(folder)
    for url in (URL, Url("s3://bucket", "b.tar")):
        origin.fetched.clear()
        assert cache.read(url, "e", SIZE, 5, 3 * BLOCK, origin) == BODY[5 : 5 + 3 * BLOCK]
        assert origin.fetched == [(5, 3 * BLOCK)], "once, and no more than was asked for"
    cache.tidy()
    folder.mkdir()
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    assert cache.read(URL, "e", SIZE, 0, SIZE, None) == BODY, "kept again where the folder is back"


def test_a_folder_that_vanishes_during_a_read_costs_nothing(tmp_path):
    folder = tmp_path / "cache"
    cache, origin = Cache(folder, 1 << 20), Origin()

    def fetch(offset, count):
        shutil.rmtree(folder, ignore_errors=True)
        return origin(offset, count)

    assert cache.read(URL, "e", SIZE, 0, SIZE, fetch) == BODY and len(origin.fetched) == 1


def test_no_descriptor_left_is_no_reason_to_stop(tmp_path):
    cache, (soft, hard) = Cache(tmp_path, 1 << 30), resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open(tmp_path, os.O_RDONLY)  # the next one that is free
    os.close(lowest)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
    try:
        with pytest.raises(OSError, match="Too many open files"):
            os.open(tmp_path, os.O_RDONLY)
        found = cache.read(URL, "e", SIZE, 5, 100, Origin())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert found == BODY[5:105] and not list(tmp_path.glob("*.blocks"))


def test_a_worker_without_the_folder_reads_from_the_store(tmp_path):
    folder = tmp_path / "cache"
    packed = pickle.dumps(Cache(folder, 1 << 30))
    assert pickle.loads(packed).read(URL, "e", SIZE, 5, 100, Origin()) == BODY[5:105]  # noqa: S301
    shutil.rmtree(folder)
    folder.write_bytes(b"no folder can be made here")
    assert pickle.loads(packed).read(URL, "e", SIZE, 5, 100, Origin()) == BODY[5:105]  # noqa: S301


@pytest.mark.parametrize("length", [0, 3 * BLOCK + 5, 10 * BLOCK + 1300])
def test_a_file_that_was_cut_is_filled_again(tmp_path, length):
    cache, origin = Cache(tmp_path, 1 << 30), Origin()
    cache.read(URL, "e", SIZE, 0, SIZE, origin)
    (file,) = tmp_path.glob("*.blocks")
    os.truncate(file, length)
    assert cache.read(URL, "e", SIZE, 0, SIZE, origin) == BODY
    assert cache.read(URL, "e", SIZE, 0, SIZE, None) == BODY
