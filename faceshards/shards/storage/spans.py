"""Spans of bytes that are read together, and what was wanted, cut out of them again.

wanted  |##|  |###|             |##|      |##|
spans   |#########|             |##|      |##|        joined where at most `gap` bytes lie between
pieces  |####|####|             |##|      |##|        of at most PIECE bytes, read side by side
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence

import numpy as np

#: Most bytes of one request: a larger span is read in pieces.
PIECE = 8 << 20

#: Bytes [start, stop).
Span = tuple[int, int]


def joined(starts: np.ndarray, stops: np.ndarray, gap: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Spans that hold all of [starts, stops), int64 (N,) each, those at most `gap` bytes apart being one.

    Returns the spans' starts and stops, ascending, int64 (S,), and for each of the N the number of its span.
    """
    order = np.argsort(starts, kind="stable")
    reach = np.maximum.accumulate(stops[order])
    new = np.append(True, starts[order][1:] - reach[:-1] > gap)[: len(order)]
    span = np.empty(len(starts), np.int64)
    span[order] = np.cumsum(new) - 1
    return starts[order][new], reach[np.append(new[1:], True)[: len(order)]], span


def joined_list(wanted: Sequence[Span], gap: int) -> list[Span]:
    """The same of a list, without what is empty."""
    table = np.array([span for span in wanted if span[1] > span[0]], np.int64).reshape(-1, 2)
    starts, stops, _ = joined(table[:, 0], table[:, 1], gap)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def pieces_of(spans: Sequence[Span]) -> list[Span]:
    """The spans in pieces of at most `PIECE` bytes."""
    return [(at, min(at + PIECE, stop)) for start, stop in spans for at in range(start, stop, PIECE)]


def taken(
    starts: Sequence[int], body: Callable[[int], bytes | memoryview], start: int, stop: int
) -> bytes | memoryview | None:
    """Bytes [start, stop) out of pieces that begin at `starts`, ascending, and whose bytes `body` gives by number; None
    where they do not hold them all. Bytes of one piece are not copied.
    """
    parts: list[memoryview] = []
    number, at = bisect_right(starts, start) - 1, start
    while 0 <= number < len(starts) and at < stop:
        part = memoryview(body(number))[at - starts[number] : stop - starts[number]]
        if not len(part):
            return None
        parts.append(part)
        number, at = number + 1, at + len(part)
        if at < stop and (number == len(starts) or starts[number] != at):
            return None
    if at < stop:
        return None
    return parts[0] if len(parts) == 1 else b"".join(parts)
