"""What still stands in a damaged tar: the members whose headers are whole, and the gaps between them.

Where a header is broken, the walk goes on at the next block that is one: its checksum holds and, in a shard of ours, it
carries our mark. A shard that is the body of a member is known by its front record and stepped over, so that its
members are not taken for those of the shard around it; with that record broken too, only the index tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from faceshards.errors import FaceshardsError
from faceshards.shards.repair.front_traces import readable_front
from faceshards.shards.tar.front import front_size
from faceshards.shards.tar.header import BLOCK, MARK, hold
from faceshards.shards.tar.members import REGULAR, Member
from faceshards.shards.tar.scan import TarScan

# Blocks that are looked at together in a gap: few at first, since most gaps are short, and twice as many each time.
_FEW, _MANY = 64, 8192
_KINDS = np.frombuffer(b"0\x001234567gxLK", np.uint8)
_OUR_PAX = b"PaxHeaders/"
# The scan's name for the tar, which its messages begin with.
_SCAN = "tar"


@dataclass(frozen=True)
class Gap:
    """Bytes [start, stop) in which no member can be told."""

    start: int
    stop: int
    reason: str


@dataclass(frozen=True)
class Remains:
    """`members` in file order; `runs` is, for each of them, the number of gaps before it."""

    members: list[Member]
    runs: list[int]
    gaps: list[Gap]

    @property
    def ours(self) -> bool:
        """Whether members carry checksums."""
        return any(member.crc32c is not None for member in self.members)


def remains(data: memoryview, ours: bool) -> Remains:
    """Walks a tar as far as it goes, again behind each break. `ours`: only headers with our mark count behind one."""
    found = Remains([], [], [])
    search = _Search(data, ours)
    position: int | None = 0
    while position is not None:
        broken = _run(data, position, ours, found)
        if broken is None:
            break
        at, reason = broken
        position = search.next_header(at + BLOCK)
        found.gaps.append(Gap(at, len(data) if position is None else position, reason))
    return found


def _run(data: memoryview, position: int, ours: bool, found: Remains) -> tuple[int, str] | None:
    """Adds the members from `position` on; says where they break off and why, None at the end of the tar."""
    scan, first = TarScan(data, _SCAN, position), len(found.members)
    at = position or _front_size(data)
    try:
        for member in scan:
            found.members.append(member)
            found.runs.append(len(found.gaps))
            at = member.end
    except FaceshardsError as error:
        return at, str(error).removeprefix(f"{_SCAN}: ").rsplit(": ", 1)[0]
    end = position if scan.end is None else scan.end
    if (position == 0 and not ours) or not np.frombuffer(data, np.uint8)[end:].any():
        return None
    if not ours:  # a tar within a body: its end is not the end
        del found.members[first:], found.runs[first:]
    return end, f"zeros stand at byte {end} where a header should"


def _front_size(data: memoryview) -> int:
    """Bytes of a front record at the beginning; 0 for a foreign tar and where it cannot be read."""
    return front_size(bytes(data[:BLOCK])) if readable_front(data) else 0


class _Search:
    """Looks for the next block that a walk can go on from. Front records that overlap are not all looked through, for
    each may claim 16 MB: `looked` is the end of the last one.
    """

    def __init__(self, data: memoryview, ours: bool) -> None:
        self._data, self._ours, self._looked = data, ours, 0

    def next_header(self, start: int) -> int | None:
        """The first such block from `start` on; None where there is none."""
        skipped = start
        for at in _headers(self._data, start):
            if at < skipped:
                continue
            inner = self._shard_within(at)
            if inner:
                skipped = at + inner
            elif not self._ours or _is_ours(self._data, at):
                return at
        return None

    def _shard_within(self, at: int) -> int:
        """Bytes of a shard of ours whose front record stands here; 0 where none does."""
        claimed = _front_claimed(self._data, at) if at >= self._looked else 0
        if not claimed:
            return 0
        self._looked = at + claimed
        front = readable_front(self._data[at:])
        return front.length if front else 0


def _headers(data: memoryview, start: int) -> Iterator[int]:
    """Bytes at which a block from `start` on is a tar header by its checksum, ascending."""
    window, most = start, _FEW
    while (count := min(most, (len(data) - window) // BLOCK)) > 0:
        blocks = np.frombuffer(data, np.uint8, count * BLOCK, window).reshape(-1, BLOCK)
        likely = np.flatnonzero((blocks[:, 0] != 0) & np.isin(blocks[:, 156], _KINDS))
        good = likely[hold(blocks[likely])]
        del blocks
        yield from (window + row * BLOCK for row in good.tolist())
        window, most = window + count * BLOCK, min(2 * most, _MANY)


def _front_claimed(data: memoryview, at: int) -> int:
    """Bytes of the front record that begins here, by its header; 0 where none does."""
    with suppress(FaceshardsError):
        return front_size(bytes(data[at : at + BLOCK]))
    return 0


def _is_ours(data: memoryview, at: int) -> bool:
    """A member's header with our mark, or the extended header that we write before one."""
    header = bytes(data[at : at + BLOCK])
    if header[156] in REGULAR:
        return header[500:504] == MARK
    return header[156:157] == b"x" and header.startswith(_OUR_PAX)
