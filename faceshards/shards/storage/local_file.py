"""One file of this machine, read by ranges: of the version that was there when it was opened."""

from __future__ import annotations

import mmap
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from faceshards.errors import DamagedShard, ShardError, StorageError
from faceshards.shards.storage.atomic import write_atomic
from faceshards.shards.storage.extent import FileExtent, read_exactly
from faceshards.shards.storage.version import CHANGED, Changed, Version

# A neighbour that is derived from a file may have so many bytes for each of its own, and so many in any case.
_LARGER, _MOST_BESIDE = 4, 64 << 20


class LocalFile:
    """A file that stays open: what is renamed over it changes nothing here.

    With a known `version`, opening another one raises `Changed`; one that may not be read is a StorageError.
    `bytes_read` and `requests` count reads.
    """

    takes_caches = True

    def __init__(self, path: Path, version: Version | None = None) -> None:
        self.place = path
        self._view: memoryview | None = None
        self.requests = self.bytes_read = 0
        try:
            self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            raise ShardError(f"{path}: no such shard: name a .tar file") from None
        except OSError as error:
            raise _unreadable(path, error) from error
        status = os.fstat(self.fd)
        self.version = Version(status.st_size, None, status.st_mtime_ns, status.st_ctime_ns)
        if version not in (None, self.version):
            self.close()
            raise Changed(f"{path}: {CHANGED}")

    @property
    def size(self) -> int:
        """Bytes of the file when it was opened."""
        return self.version.size

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size). Raises DamagedShard where the file ends before."""
        try:
            body = os.pread(self.fd, size, offset)
        except OSError as error:  # a bad disk, a folder
            raise _unreadable(self.place, error) from error
        if len(body) < size:  # a signal, more than 2 GiB, or the end of the file
            whole = bytearray(size)
            read_exactly(self.fd, memoryview(whole), offset)
            body = bytes(whole)
        self.requests += 1
        self.bytes_read += size
        return body

    def read_many(self, extents: Sequence[tuple[int, int]]) -> list[bytes]:
        """The bytes of several (offset, size), in their order."""
        bodies = [os.pread(self.fd, size, offset) for offset, size in extents]
        for number, (offset, size) in enumerate(extents):
            if len(bodies[number]) < size:
                bodies[number] = self.read(offset, size)
        self.requests += len(extents)
        self.bytes_read += sum(map(len, bodies))
        return bodies

    def view(self, offset: int, size: int) -> memoryview:
        """Bytes [offset, offset + size) without a copy, read-only; the mapping lives as long as a view of it does.

        Raises DamagedShard where the file was cut since it was opened: touching what is gone would kill the process.
        """
        if os.fstat(self.fd).st_size < self.size:
            raise DamagedShard(f"{self.place}: the file was cut while it was read: restore the shard")
        if self._view is None:
            self._view = memoryview(self.data())
        return self._view[offset : offset + size]

    def expect(self, extents: Sequence[tuple[int, int]]) -> None:
        """Lets the system read just these (offset, size), all at a time. A look at a mapped page that is not in memory
        reads as far around it as the disk's readahead says, which may be 8 MB.
        """
        for offset, size in extents:
            os.posix_fadvise(self.fd, offset, size, os.POSIX_FADV_WILLNEED)

    def data(self) -> Any:
        """All of the file, mapped for a scan. Raises ShardError for an empty one, which is no tar."""
        if not self.size:
            raise ShardError(f"{self.place}: the file is empty: it is no tar")
        return mmap.mmap(self.fd, 0, prot=mmap.PROT_READ)

    def start(self, size: int) -> bytes:
        """The first bytes, at most `size`."""
        try:
            return os.pread(self.fd, size, 0)
        except OSError as error:
            raise _unreadable(self.place, error) from error

    def beside(self, name: str) -> bytes | None:
        """The whole of a neighbouring file; None where there is none that can be read, and for one so much larger than
        this file that it cannot be about it.
        """
        return regular_bytes(self.place.with_name(name), _LARGER * self.size + _MOST_BESIDE)

    def save_beside(self, name: str, body: bytes) -> None:
        """Writes a neighbouring file, whole or not at all; a new one has the rights of this one."""
        write_atomic(self.place.with_name(name), body, like=self.place)

    def is_current(self) -> bool:
        """Whether the name still leads to this file."""
        try:
            return os.path.samestat(os.fstat(self.fd), os.stat(self.place))
        except FileNotFoundError:
            return False

    def extent(self, offset: int, size: int, crc32c: int | None) -> FileExtent:
        """A span of this very file, whatever its name now leads to."""
        return FileExtent(Path(f"/proc/self/fd/{self.fd}"), offset, size, crc32c, self.place)

    def close(self) -> None:
        """Closes the file; views that were given out stay."""
        self._view = None
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def __enter__(self) -> LocalFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _unreadable(path: Path, error: OSError) -> StorageError:
    return StorageError(f"{path}: {error.strerror}: it cannot be read: check its owner, its mode and its disk")


def regular_bytes(path: Path, most: int) -> bytes | None:
    """The whole of a file; None for one that cannot be read, has more than `most` bytes, or is a pipe or a device."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for its writer
        with open(fd, "rb") as file:
            status = os.fstat(fd)
            return file.read() if stat.S_ISREG(status.st_mode) and status.st_size <= most else None
    except OSError:
        return None
