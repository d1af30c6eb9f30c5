"""The edit lists of an mp4 that was just written: until when each of its tracks is shown and heard.

ISO/IEC 14496-12: 8.6.6 (the box `elst`), 8.2.2 (`mvhd`, whose timescale its durations are in). FFmpeg's muxer makes a
track last until its last packet ends, and pictures that others refer to may be shown behind the span that is wanted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction

_EMPTY = {0: 0xFFFFFFFF, 1: 0xFFFFFFFFFFFFFFFF}  # the media time of an edit that shows nothing
_NUMBERS = {0: struct.Struct(">2I"), 1: struct.Struct(">2Q")}  # duration and media time, by the box's version
_RATE = 4


def end_tracks(body: bytearray, seconds: Sequence[Fraction]) -> None:
    """Ends the tracks of an mp4 with its index first after so many seconds each, where they are longer."""
    moov = next(span for kind, span in _boxes(body, 0, len(body)) if kind == b"moov")
    mvhd = next(start for kind, (start, _) in _boxes(body, *moov) if kind == b"mvhd")
    scale = int.from_bytes(body[mvhd + (20 if body[mvhd] else 12) :][:4], "big")
    traks = [span for kind, span in _boxes(body, *moov) if kind == b"trak"]
    for trak, length in zip(traks, seconds, strict=True):
        for edts in (span for kind, span in _boxes(body, *trak) if kind == b"edts"):
            _end(body, next(start for kind, (start, _) in _boxes(body, *edts) if kind == b"elst"), int(length * scale))


def _end(body: bytearray, elst: int, duration: int) -> None:
    """Shortens the edits of a list, whose box's content begins at `elst`, to so many ticks in all."""
    version, count = body[elst], int.from_bytes(body[elst + 4 : elst + 8], "big")
    numbers = _NUMBERS[version]
    for at in range(elst + 8, elst + 8 + count * (numbers.size + _RATE), numbers.size + _RATE):
        lasts, media_time = numbers.unpack_from(body, at)
        if media_time != _EMPTY[version]:
            lasts = min(lasts, max(0, duration))
            numbers.pack_into(body, at, lasts, media_time)
        duration -= lasts


def _boxes(body: bytearray, start: int, stop: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """The boxes of a span: kind, and where its content stands."""
    while start + 8 <= stop:
        size, head = int.from_bytes(body[start : start + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(body[start + 8 : start + 16], "big"), 16
        yield bytes(body[start + 4 : start + 8]), (start + head, start + size)
        start += max(size, head)
