"""Packets out of byte ranges of a media member."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

from av.packet import Packet

from faceshards.errors import ClipError
from faceshards.media.tables.rows import check_packet

#: Reads bytes [start, stop) of a media member.
ReadRange = Callable[[int, int], bytes]


class Ranges:
    """Some byte ranges [start, stop) of a member, ascending, read at once. Raises ClipError `truncated-media`."""

    def __init__(self, read_range: ReadRange, ranges: Sequence[tuple[int, int]]) -> None:
        self._starts = [start for start, _ in ranges]
        self._parts = [read_exactly(read_range, start, stop) for start, stop in ranges]

    def packet(self, offset: int, size: int, check: int) -> Packet:
        """The packet whose bytes stand at `offset` of the member, within one of the ranges.

        Raises ClipError `broken-media` where the bytes differ from the check of its row.
        """
        part = bisect_right(self._starts, offset) - 1
        # Packet(bytes) would borrow the bytes as they stand. Codecs read beyond a packet's end, where they must find
        # the zeros that only Packet(size) puts there: without them some pictures come out differently.
        packet = Packet(size)
        at = offset - self._starts[part]
        body = self._parts[part][at : at + size]
        check_packet(body, check)
        packet.update(body)
        return packet


def read_exactly(read_range: ReadRange, start: int, stop: int) -> bytes:
    """Bytes [start, stop) of a member. Raises ClipError `truncated-media` where there are fewer."""
    body = read_range(start, stop)
    if len(body) != stop - start:
        raise ClipError("truncated-media", f"bytes [{start}, {stop}) of the clip hold only {len(body)} bytes")
    return body
