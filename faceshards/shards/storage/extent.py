"""A span of bytes in a file or an object, as a body that is streamed and never held whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from fastcrc import crc32

from faceshards.errors import DamagedShard
from faceshards.shards.storage.atomic import storage_errors

#: One reused buffer of this size carries every large copy.
CHUNK = 1 << 20


@dataclass(frozen=True)
class FileExtent:
    """`size` bytes at `offset` of a file; `crc32c` is checked on the way where it is known. `shown` is what messages
    call the file, where `path` leads to one that is open and says nothing to people.
    """

    path: Path
    offset: int
    size: int
    crc32c: int | None = None
    shown: Path | None = field(default=None, compare=False)

    @classmethod
    def whole(cls, path: Path) -> FileExtent:
        """All of a file."""
        return cls(Path(path), 0, os.stat(path).st_size)

    def pieces(self, buffer: memoryview) -> Iterator[memoryview]:
        """The bytes one `buffer` after another; each piece is valid until the next.

        Raises DamagedShard where the file ends before, StorageError where it cannot be opened.
        """
        with storage_errors(self.path):
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield from chunks(fd, self.offset, self.size, buffer)
        finally:
            os.close(fd)

    @property
    def source(self) -> str:
        """Where the bytes stand, for messages."""
        return f"{self.shown or self.path}: {self.size} bytes at {self.offset}"


class Slices(Protocol):
    """An object that is read slice by slice, and its URL."""

    @property
    def place(self) -> str: ...

    def __getitem__(self, span: slice) -> bytes: ...


@dataclass(frozen=True)
class RemoteExtent:
    """`size` bytes at `offset` of an object in a store, whose slices come from `data`."""

    data: Slices
    offset: int
    size: int
    crc32c: int | None = None

    def pieces(self, buffer: memoryview) -> Iterator[memoryview]:
        """The bytes in pieces no longer than `buffer`."""
        end = self.offset + self.size
        for start in range(self.offset, end, len(buffer)):
            yield memoryview(self.data[start : min(end, start + len(buffer))])

    @property
    def source(self) -> str:
        """Where the bytes stand, for messages."""
        return f"{self.data.place}: {self.size} bytes at {self.offset}"


Extent = FileExtent | RemoteExtent


def checked(extent: Extent, buffer: memoryview) -> Iterator[memoryview]:
    """The pieces of an extent; behind the last one, raises DamagedShard where they differ from its checksum."""
    crc = 0
    for piece in extent.pieces(buffer):
        crc = crc32.iscsi(piece, crc)
        yield piece
    if extent.crc32c is not None and crc != extent.crc32c:
        raise DamagedShard(
            f"{extent.source} have crc32c {crc:08x}, their header says {extent.crc32c:08x}: restore the shard"
        )


def read_exactly(fd: int, buffer: memoryview, offset: int) -> None:
    """Fills `buffer` from `offset`. Raises DamagedShard where the file ends before."""
    done = 0
    while done < len(buffer):
        count = os.preadv(fd, [buffer[done:]], offset + done)
        if not count:
            raise DamagedShard(f"the file ends at byte {offset + done}, {len(buffer) - done} bytes early")
        done += count


def chunks(fd: int, offset: int, size: int, buffer: memoryview) -> Iterator[memoryview]:
    """The bytes of an extent in pieces; each piece is a view of `buffer`, valid until the next."""
    end = offset + size
    while offset < end:
        piece = buffer[: min(len(buffer), end - offset)]
        read_exactly(fd, piece, offset)
        yield piece
        offset += len(piece)
