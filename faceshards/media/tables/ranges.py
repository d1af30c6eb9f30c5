"""Packets out of byte ranges of a media member."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from av.packet import Packet

from faceshards.errors import ClipError
from faceshards.media.tables.rows import check_packet
from faceshards.shards.storage.spans import PIECE, taken

#: Reads bytes [start, stop) of a media member.
ReadRange = Callable[[int, int], bytes]
#: Bytes [start, stop) of a media member.
ByteRange = tuple[int, int]

#: Two runs of packets with less than this between them are read as one: a request costs more than these bytes.
GAP = 16 * 1024


class Ranges:
    """Byte ranges [start, stop) of a member, ascending, of which a piece at a time is in memory.

    Raises ClipError `truncated-media` where the member is shorter.
    """

    def __init__(self, read_range: ReadRange, ranges: Sequence[tuple[int, int]]) -> None:
        self._read, self._ranges = read_range, ranges
        self._starts = [start for start, _ in ranges]
        self._begin, self._piece = 0, b""

    def packet(self, offset: int, size: int, check: int | None = None) -> Packet:
        """The packet whose bytes stand at `offset` of the member, within one of the ranges.

        Raises ClipError `broken-media` where the bytes differ from the check of its row, where there is one.
        """
        # Packet(bytes) would borrow the bytes as they stand. Codecs read beyond a packet's end, where they must find
        # the zeros that only Packet(size) puts there: without them some pictures come out differently.
        packet = Packet(size)
        if not self._begin <= offset <= offset + size <= self._begin + len(self._piece):
            self._load(offset, size)
        body = self._piece[offset - self._begin : offset - self._begin + size]
        if check is not None:
            check_packet(body, check)
        packet.update(body)
        return packet

    def _load(self, offset: int, size: int) -> None:
        start, stop = self._ranges[bisect_right(self._starts, offset) - 1]
        if stop - start > PIECE:
            start, stop = offset, min(stop, offset + max(size, PIECE))
        self._begin, self._piece = start, read_exactly(self._read, start, stop)


class HeldRanges:
    """Some byte ranges of a member, joined, read at once; anything else of it is read when it is asked for."""

    def __init__(self, read_range: ReadRange, ranges: Sequence[tuple[int, int]]) -> None:
        self._read = read_range
        self._starts = [start for start, _ in ranges]
        self._parts = [read_range(start, stop) for start, stop in ranges]

    def __call__(self, start: int, stop: int) -> bytes:
        body = taken(self._starts, self._parts.__getitem__, start, stop)
        return self._read(start, stop) if body is None else bytes(body)


def read_exactly(read_range: ReadRange, start: int, stop: int) -> bytes:
    """Bytes [start, stop) of a member. Raises ClipError `truncated-media` where there are fewer."""
    body = read_range(start, stop)
    if len(body) != stop - start:
        raise ClipError("truncated-media", f"bytes [{start}, {stop}) of the clip hold only {len(body)} bytes")
    return body
