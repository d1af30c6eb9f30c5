"""Which packets and bytes a window of pictures needs: seeking without the container."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.media.tables.packets import KEY, OFFSET, PTS, SIZE, display_order
from faceshards.media.tables.ranges import GAP
from faceshards.shards.storage.spans import joined_list


@dataclass(frozen=True)
class DecodePlan:
    """What a window of pictures costs.

    decoding order   . . K p p [p w w p w] . .      K keyframe, p pre-roll or reference, w wanted
                         ^first           ^last
    """

    first: int  #: row of the keyframe to begin with
    last: int  #: one past the last row to decode
    wanted: np.ndarray  #: rows of the wanted pictures, int64 (count,), in display order
    ranges: list[tuple[int, int]]  #: byte ranges [start, stop) to read, ascending, neighbours joined

    def earlier(self, table: np.ndarray, keys_back: int) -> DecodePlan:
        """The plan for the same pictures that begins so many keyframes before the nearest. Raises LookupError."""
        usable = _usable(table, self.wanted)
        return _planned(table, int(usable[-1 - keys_back]) if keys_back < len(usable) else 0, self.wanted)


def plan_window(table: np.ndarray, start_frame: int, count: int) -> DecodePlan:
    """The packets and byte ranges for `count` pictures from the `start_frame`-th shown one on.

    Raises ValueError where the window is empty or leaves the clip, LookupError where it needs rows that are not known
    (see `tables.rows.placed`).
    """
    order = display_order(table)
    if start_frame < 0 or count < 1 or start_frame + count > len(order):
        raise ValueError(
            f"a window must lie in the clip's {len(order)} frames, got frames [{start_frame}, {start_frame + count})"
        )
    wanted = order[start_frame : start_frame + count]
    usable = _usable(table, wanted)
    return _planned(table, int(usable[-1]) if len(usable) else 0, wanted)


def _usable(table: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The keyframes at which decoding may begin. A picture that follows a keyframe in both orders needs nothing from
    before it, also where groups are open.
    """
    keys = np.flatnonzero(table[:, KEY])
    return keys[(keys <= wanted.min()) & (table[keys, PTS] <= table[wanted[0], PTS])]


def _planned(table: np.ndarray, first: int, wanted: np.ndarray) -> DecodePlan:
    last = int(wanted.max()) + 1
    extents = table[first:last, [OFFSET, SIZE]]
    if not extents[:, 1].all():
        raise LookupError(f"the window of {len(wanted)} frames needs more rows of the packet table than are known")
    return DecodePlan(first, last, wanted, joined_list([(int(o), int(o + n)) for o, n in extents], GAP))
