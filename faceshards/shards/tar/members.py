"""Members of a tar as a table, and the plain ones among them found many at a time.

Most tars hold one ustar header a member, or one behind a pax header that only gives its time. Their places depend on
each other, so a loop walks them; everything else about them is checked and read a column at a time.
"""

from __future__ import annotations

import mmap
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from faceshards.shards.tar.header import BLOCK, MARK, hold

#: The bytes of a tar in memory.
TarBytes = mmap.mmap | bytes | memoryview

#: The types of a regular member.
REGULAR = frozenset(b"0\0" + b"7")
#: In a table of members: the header carries no checksum (a foreign tar).
NO_CRC = -1

_PAX = ord("x")
# The one record that Python's tarfile writes before each file whose mtime has a fraction.
_TIME = re.compile(rb"(\d\d) mtime=-?[\d.]+\n")
_MARK = np.frombuffer(MARK, np.uint8)


@dataclass(slots=True)
class Member:
    """A regular member: `offset` of its body, `start` of its first header block, `crc32c` from our mark or None."""

    name: str
    start: int
    offset: int
    size: int
    crc32c: int | None

    @property
    def end(self) -> int:
        """The first byte after the member and its padding."""
        return self.offset + self.size + -self.size % BLOCK


@dataclass(frozen=True)
class MemberTable:
    """Members in file order: raw `names`, and int64 arrays of one number each; `crcs` holds `NO_CRC` where none is."""

    names: list[bytes]
    starts: np.ndarray
    offsets: np.ndarray
    sizes: np.ndarray
    crcs: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[Member]:
        numbers = (column.tolist() for column in (self.starts, self.offsets, self.sizes, self.crcs))
        for name, start, offset, size, crc in zip(self.names, *numbers, strict=True):
            yield Member(text(name), start, offset, size, None if crc == NO_CRC else crc)

    @property
    def ends(self) -> np.ndarray:
        """The first byte after each member and its padding."""
        return self.offsets + self.sizes + -self.sizes % BLOCK

    @classmethod
    def of(cls, member: Member) -> MemberTable:
        """The table of one member."""
        crc = NO_CRC if member.crc32c is None else member.crc32c
        numbers = (member.start, member.offset, member.size, crc)
        return cls([raw(member.name)], *(np.array([number], np.int64) for number in numbers))

    @classmethod
    def joined(cls, parts: Iterable[MemberTable]) -> MemberTable:
        """All members of several tables."""
        tables = list(parts)
        columns = ("starts", "offsets", "sizes", "crcs")
        return cls(
            [name for table in tables for name in table.names],
            *(
                np.concatenate([np.empty(0, np.int64), *(getattr(table, column) for table in tables)])
                for column in columns
            ),
        )


def plain_members(data: TarBytes, position: int, most: int) -> MemberTable | None:
    """Consecutive plain members from `position`, of at most `most` headers; None where the first one is not plain.

    Ends before the first header that needs a second look: an extended one that says more than a time, a prefix,
    another type, the end, a checksum that fails, a member that runs past the end.
    """
    walk = _walk(data, position, most)
    if not walk.rows:
        return None
    blocks = _blocks(data, walk.headers)
    good = _are_plain(blocks)
    count = len(walk.rows) if good.all() else bisect_left(walk.rows, int(good.argmin()))
    if count and walk.headers[walk.rows[count - 1]] + BLOCK + walk.sizes[count - 1] > len(data):
        count -= 1  # the caller looks at it again, when those before it are delivered
    if not count:
        return None
    blocks = blocks[walk.rows[:count]]
    starts, sizes = np.array(walk.starts[:count], np.int64), np.array(walk.sizes[:count], np.int64)
    offsets = np.array([walk.headers[row] for row in walk.rows[:count]], np.int64) + BLOCK
    names = np.ascontiguousarray(blocks[:, :100]).view("S100")[:, 0].tolist()
    crcs = np.ascontiguousarray(blocks[:, 504:508]).view(">u4")[:, 0].astype(np.int64)
    return MemberTable(
        names,
        starts,
        offsets,
        sizes,
        np.where((blocks[:, 500:504] == _MARK).all(axis=1), crcs, NO_CRC),
    )


class _Walk(NamedTuple):
    """Where some headers stand (`headers`). Of each regular member among them: the number of its header (`rows`), where
    it or the pax header before it starts (`starts`), and its size (`sizes`).
    """

    headers: list[int]
    rows: list[int]
    starts: list[int]
    sizes: list[int]


def _walk(data: TarBytes, position: int, most: int) -> _Walk:
    """The next headers that look plain."""
    headers, rows, starts, sizes = walk = _Walk([], [], [], [])
    start, last = position, len(data) - BLOCK
    while position <= last and len(headers) < most:
        fields = data[position + 124 : position + 157]  # from the size to the type
        kind = fields[32]
        try:
            size = int(bytes(fields[:11]), 8)
        except ValueError:
            break
        after = position + BLOCK + size + -size % BLOCK
        if size >= 0 and kind in REGULAR:
            rows.append(len(headers))
            starts.append(start)
            sizes.append(size)
            start = after
        elif kind != _PAX or not _is_time(data, position + BLOCK, size):
            break
        headers.append(position)
        position = after
    return walk


def _is_time(data: TarBytes, offset: int, size: int) -> bool:
    """Whether the body of a pax header is a time and nothing else."""
    match = _TIME.fullmatch(data[offset : offset + size]) if 0 < size <= BLOCK else None
    return match is not None and int(match[1]) == size


def text(name: bytes) -> str:
    """A member's name as text; bytes that are no UTF-8 become lone surrogates."""
    return name.decode("utf-8", "surrogateescape")


def raw(name: str) -> bytes:
    """The inverse of `text`."""
    return name.encode("utf-8", "surrogateescape")


def _blocks(data: TarBytes, positions: list[int]) -> np.ndarray:
    """The header blocks at these positions, a copy, uint8 (positions, 512)."""
    every = np.frombuffer(data, np.uint8, len(data) // BLOCK * BLOCK).reshape(-1, BLOCK)
    return every[np.array(positions) // BLOCK]


def _are_plain(blocks: np.ndarray) -> np.ndarray:
    """Which of the headers (n, 512) need no second look: the checksum holds, there is no prefix, the size field has
    11 digits and an end, nothing stands behind the end of the name.
    """
    sized = (blocks[:, 135] == 0) | (blocks[:, 135] == ord(" "))
    name = blocks[:, :100] != 0
    return hold(blocks) & sized & (blocks[:, 345] == 0) & ~(name[:, 1:] & ~name[:, :-1]).any(axis=1)
