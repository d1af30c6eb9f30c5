"""Blocks of objects kept on this machine, within a limit of bytes; any number of processes share a folder.

    FOLDER/<digest of URL and ETag>.blocks      | block 0 | (hole) | block 2 | ... |  then 8 bytes a block: 0, or its
    check

A block is written first and its check after it, both at their own place: two processes that fetch the same block write
the same bytes. A block whose check does not hold (a crash, a bad disk) is fetched again. The least recently used
objects go when the folder grows beyond its limit; who has one open notices by its link count.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
from fastcrc import crc32

from faceshards.errors import StorageError, UsageError
from faceshards.shards.stores.url import Url

#: Bytes that are fetched and kept together.
BLOCK = 64 * 1024

_THERE = 1 << 32
_MOST_OPEN = 64
# The folder is looked over when so large a part of the limit was added, and emptied to so large a part of it.
_LOOK, _LEFT = 1 / 20, 0.9


@dataclass(frozen=True)
class _Kept:
    fd: int
    blocks: int


class Cache:
    """A folder of at most about `limit` bytes (each process may go beyond it by a twentieth before it tidies up).

        ShardDataset("s3://bucket/VFHQ", ["mp4"], cache=Cache("/scratch/faceshards", limit=100 << 30))

    Raises UsageError for a limit below 1 MiB, StorageError for a folder that cannot be written.
    """

    def __init__(self, folder: str | Path, limit: int) -> None:
        if limit < 1 << 20:
            raise UsageError(f"a cache needs a limit of at least 1 MiB, got {limit} bytes")
        self.folder, self.limit = Path(folder), int(limit)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cache {folder}: {error.strerror}: name another folder") from error
        self._open: OrderedDict[str, _Kept] = OrderedDict()
        self._added, self._lock = 0, RLock()

    def read(
        self, url: Url, etag: str, size: int, offset: int, count: int, fetch: Callable[[int, int], bytes]
    ) -> bytes:
        """Bytes [offset, offset + count) of an object of `size` bytes; `fetch(offset, count)` brings what is not
        here.
        """
        first, last = offset // BLOCK, -(-(offset + count) // BLOCK)
        with self._lock:
            kept = self._kept(url, etag, size)
            fd = os.dup(kept.fd)
        try:
            parts = self._blocks(fd, kept.blocks, size, first, last, fetch)
        except OSError:  # a full disk, a folder that is gone: the cache is a convenience
            return fetch(offset, count)
        finally:
            os.close(fd)
        whole = b"".join(parts)
        return whole[offset - first * BLOCK : offset - first * BLOCK + count]

    def _blocks(
        self, fd: int, blocks: int, size: int, first: int, last: int, fetch: Callable[[int, int], bytes]
    ) -> list[bytes]:
        table = blocks * BLOCK
        checks = np.frombuffer(os.pread(fd, 8 * (last - first), table + 8 * first), "<u8").tolist()
        parts: list[bytes] = []
        missing: list[int] = []
        for number, check in zip(range(first, last), checks, strict=True):
            body = os.pread(fd, min(BLOCK, size - number * BLOCK), number * BLOCK) if check & _THERE else b""
            if not check & _THERE or crc32.iscsi(body) | _THERE != check:
                missing.append(number)
            parts.append(body)
        for start, stop in _runs(missing):
            begin, end = start * BLOCK, min(stop * BLOCK, size)
            body = fetch(begin, end - begin)
            os.pwrite(fd, body, begin)
            for number in range(start, stop):
                part = body[(number - start) * BLOCK : (number - start + 1) * BLOCK]
                parts[number - first] = part
                os.pwrite(fd, (crc32.iscsi(part) | _THERE).to_bytes(8, "little"), table + 8 * number)
            self._grown(end - begin)
        return parts

    def _kept(self, url: Url, etag: str, size: int) -> _Kept:
        name = hashlib.blake2b(f"{url}\n{etag}\n{size}".encode(), digest_size=20).hexdigest() + ".blocks"
        if name in self._open and not os.fstat(self._open[name].fd).st_nlink:
            os.close(self._open.pop(name).fd)
        if name not in self._open:
            while len(self._open) >= _MOST_OPEN:
                os.close(self._open.popitem(last=False)[1].fd)
            fd = os.open(self.folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            blocks = -(-size // BLOCK)
            os.ftruncate(fd, blocks * (BLOCK + 8))
            self._open[name] = _Kept(fd, blocks)
        self._open.move_to_end(name)
        os.utime(self._open[name].fd)
        return self._open[name]

    def _grown(self, size: int) -> None:
        with self._lock:
            self._added += size
            if self._added < self.limit * _LOOK:
                return
            self._added = 0
        self.tidy()

    def tidy(self) -> None:
        """Removes the least recently used objects where the folder is larger than its limit; one process at a time."""
        with open(self.folder / "lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
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

    def close(self) -> None:
        """Closes the files."""
        while self._open:
            os.close(self._open.popitem()[1].fd)

    def __del__(self) -> None:
        if "_open" in self.__dict__:
            self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {"folder": self.folder, "limit": self.limit}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]


def _runs(numbers: list[int]) -> list[tuple[int, int]]:
    """Ascending numbers as runs [start, stop)."""
    runs: list[tuple[int, int]] = []
    for number in numbers:
        if runs and runs[-1][1] == number:
            runs[-1] = (runs[-1][0], number + 1)
        else:
            runs.append((number, number + 1))
    return runs
