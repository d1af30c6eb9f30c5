"""Blocks of objects kept on this machine, within a limit of bytes; any number of processes share a folder.

    FOLDER/<digest of URL and ETag>.blocks    | block 0 | (hole) | block 2 | ... | checks: 8 bytes a block, or 0

A block is written first and its check after it, both at their own place: two processes that fetch the same block write
the same bytes. A block whose check does not hold (a crash, a bad disk) is fetched again. The least recently used
objects go when the folder grows beyond its limit. A file is open only while it is read: one that was removed gives its
disk space back at once, and nothing is left to close.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from fastcrc import crc32

from faceshards.errors import StorageError, UsageError
from faceshards.shards.storage.url import Url

#: Bytes that are fetched and kept together.
BLOCK = 64 * 1024

_THERE = 1 << 32
# The folder is looked over when so large a part of the limit was added, and emptied to so large a part of it.
_LOOK, _LEFT = 1 / 20, 0.9

ReadBlock = Callable[[int, int], bytes | memoryview]


class Cache:
    """A folder of at most about `limit` bytes (each process may go beyond it by a twentieth before it tidies up).

        from faceshards.loaders import ShardDataset

        dataset = ShardDataset("s3://bucket/train_set/VFHQ", ["mp4"], cache=Cache("cache", limit=100 << 30))

    Any number of datasets and threads may share one. It is a convenience: where the folder vanishes or its disk is full
    later on, reading goes on from the store.

    Raises UsageError for a limit below 1 MiB, StorageError for a folder that cannot be written.
    """

    def __init__(self, folder: str | Path, limit: int) -> None:
        if limit < 1 << 20:
            raise UsageError(f"a cache needs a limit of at least 1 MiB, got {limit} bytes")
        self.folder, self.limit = Path(folder), int(limit)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.folder) as file:
                file.write(b"0")
        except OSError as error:
            raise StorageError(f"cache {folder}: cannot be written ({error.strerror}): name another folder") from error
        # What other processes added is not known: the first block makes this one look.
        self._added, self._lock = self.limit, Lock()

    def read(self, url: Url, etag: str, size: int, offset: int, count: int, fetch: ReadBlock) -> bytes:
        """Bytes [offset, offset + count) of an object of `size` bytes; `fetch(offset, count)` brings what is not
        here, and what it raises is raised.
        """
        first, last = offset // BLOCK, -(-(offset + count) // BLOCK)
        try:
            fd = self._open(url, etag, size)
        except OSError:  # a folder that is gone, a disk that is full
            return bytes(fetch(offset, count))
        try:
            parts = self._blocks(fd, size, first, last, fetch)
        finally:
            os.close(fd)
        whole = b"".join(parts)
        return whole[offset - first * BLOCK : offset - first * BLOCK + count]

    def _open(self, url: Url, etag: str, size: int) -> int:
        """The object's file, marked as used just now."""
        name = hashlib.blake2b(f"{url}\n{etag}\n{size}".encode(), digest_size=20).hexdigest() + ".blocks"
        fd = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            length = _blocks_of(size) * (BLOCK + 8)
            if os.fstat(fd).st_size != length:
                os.ftruncate(fd, length)
            os.utime(fd)
        except OSError:
            os.close(fd)
            raise
        return fd

    def _blocks(self, fd: int, size: int, first: int, last: int, fetch: ReadBlock) -> list[bytes]:
        found = _kept(fd, size, first, last)
        for start, stop in _runs([first + place for place, body in enumerate(found) if body is None]):
            begin, end = start * BLOCK, min(stop * BLOCK, size)
            body = bytes(fetch(begin, end - begin))
            found[start - first : stop - first] = _cut(body)
            with suppress(OSError):  # a full disk
                _keep(fd, size, start, body)
            self._grown(end - begin)
        return [body for body in found if body is not None]

    def _grown(self, size: int) -> None:
        with self._lock:
            self._added += size
            if self._added < self.limit * _LOOK:
                return
            self._added = 0
        self.tidy()

    def tidy(self) -> None:
        """Removes the least recently used objects where the folder is larger than its limit; one process at a time, and
        nothing where the folder is gone.
        """
        with suppress(OSError), open(self.folder / "lock", "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._shrink()

    def _shrink(self) -> None:
        found = []
        for path in self.folder.glob("*.blocks"):
            with suppress(FileNotFoundError):
                status = path.stat()
                found.append((status.st_mtime_ns, status.st_blocks * 512, path))
        total = sum(size for _, size, _ in found)
        if total <= self.limit:
            return
        for _, size, path in sorted(found):
            if total <= self.limit * _LEFT:
                return
            path.unlink(missing_ok=True)
            total -= size

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "limit": self.limit}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.folder, self.limit = state["folder"], state["limit"]
        self._added, self._lock = self.limit, Lock()
        with suppress(OSError):  # another machine may lack the folder, and reads all the same
            self.folder.mkdir(parents=True, exist_ok=True)


def _blocks_of(size: int) -> int:
    return -(-size // BLOCK)


def _kept(fd: int, size: int, first: int, last: int) -> list[bytes | None]:
    """The blocks [first, last) of a file; None for each that is not there or does not hold."""
    length = 8 * (last - first)
    try:
        table = os.pread(fd, length, _blocks_of(size) * BLOCK + 8 * first).ljust(length, b"\0")
        checks = np.frombuffer(table, "<u8").tolist()
        return [_block(fd, size, number, check) for number, check in enumerate(checks, first)]
    except OSError:  # a bad disk
        return [None] * (last - first)


def _block(fd: int, size: int, number: int, check: int) -> bytes | None:
    if not check & _THERE:
        return None
    body = os.pread(fd, min(BLOCK, size - number * BLOCK), number * BLOCK)
    return body if crc32.iscsi(body) | _THERE == check else None


def _keep(fd: int, size: int, first: int, body: bytes) -> None:
    """Writes the blocks of `body`, of which `first` is the first, then their checks."""
    os.pwrite(fd, body, first * BLOCK)
    checks = np.array([crc32.iscsi(part) | _THERE for part in _cut(body)], "<u8")
    os.pwrite(fd, checks.tobytes(), _blocks_of(size) * BLOCK + 8 * first)


def _cut(body: bytes) -> list[bytes]:
    return [body[at : at + BLOCK] for at in range(0, len(body), BLOCK)]


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs [start, stop)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs
