"""A span of bytes in a file, as a body that is streamed and never held whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from faceshards.errors import DamagedShard

#: One reused buffer of this size carries every large copy.
CHUNK = 1 << 20


@dataclass(frozen=True)
class FileExtent:
    """`size` bytes at `offset` of a file; `crc32c` is checked on the way where it is known."""

    path: Path
    offset: int
    size: int
    crc32c: int | None = None

    @classmethod
    def whole(cls, path: Path) -> FileExtent:
        """All of a file."""
        return cls(Path(path), 0, os.stat(path).st_size)


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
