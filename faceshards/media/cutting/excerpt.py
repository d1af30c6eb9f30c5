"""A span of a long clip: which pictures it holds, and whether their packets can be copied."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.cutting.reel import Reel
from faceshards.media.tables.packets import KEY, PTS
from faceshards.media.tables.plan import plan_window
from faceshards.media.timeline import Timeline, seconds, told_tick

#: Seconds by which a picture may begin before its span does: lists of spans are rounded to thousandths.
SLACK = 0.0005

COPIED, ENCODED = "copied", "encoded"


@dataclass(frozen=True)
class Excerpt:
    """Pictures [first, last) of a reel. `key`: the row of the packet table at which copying begins, None where they are
    encoded; `lead`: how many pictures are copied before the first one, which nobody is shown.
    """

    first: int
    last: int
    key: int | None = None
    lead: int = 0

    @classmethod
    def of(cls, reel: Reel, start: float, end: float, exact: bool = False) -> Excerpt:
        """The pictures that begin within [start, end), in seconds from the reel's first picture on.

        They are copied where one that decodes alone stands at their first or, unless `exact`, at most as many pictures
        before it as the excerpt has. Raises ClipError `too-few-frames` for a span without pictures.
        """
        first, last = np.searchsorted(reel.line.times, [start - SLACK, end - SLACK]).tolist()
        if first >= last:
            rule = f"the clip has {len(reel.line)} of them, until {reel.seconds:.3f} s"
            raise ClipError("too-few-frames", f"no picture begins within {start:g} to {end:g} s: {rule}")
        if not reel.copies:
            return cls(first, last)
        key = plan_window(reel.table, first, last - first).first
        begin = reel.table[reel.order[first], PTS]
        lead = int((reel.table[reel.order[:first], PTS] >= reel.table[key, PTS]).sum())
        copied = bool(reel.table[key, KEY]) and lead <= (0 if exact else last - first)
        return cls(first, last, key, int((reel.table[key:, PTS] < begin).sum())) if copied else cls(first, last)

    def ticks(self, reel: Reel) -> tuple[int, int]:
        """When the first picture begins and when the last one is over, in ticks of the reel's pictures."""
        line = reel.line
        begin = int(line.ticks[self.first])
        if self.last < len(line):
            return begin, int(line.ticks[self.last])
        return begin, begin + round(line.lasting(self.first, self.last) / float(line.tick))

    def line(self, reel: Reel) -> Timeline:
        """When each of its pictures is shown."""
        ticks = reel.line.ticks[self.first : self.last]
        return Timeline(ticks, reel.line.tick, int(ticks[0]), reel.rate)

    def span(self, reel: Reel) -> tuple[Fraction, Fraction]:
        """`ticks` in seconds on the container's clock."""
        begin, end = self.ticks(reel)
        return begin * reel.line.tick, end * reel.line.tick

    def facts(self, reel: Reel) -> dict[str, Any]:
        """What json says of the cut: `start` and `end` in seconds from the reel's first picture on, `ticks` the same on
        its container's clock in units of `tick` seconds, `frames` [first, last) counted in it, `how`, `lead`.
        """
        begin, end = self.ticks(reel)
        tick, zero = told_tick(reel.media), reel.line.zero
        return {
            "start": round(seconds(begin - zero, tick), 6),
            "end": round(seconds(end - zero, tick), 6),
            "ticks": [begin, end],
            "tick": list(tick.as_integer_ratio()),
            "frames": [self.first, self.last],
            "how": ENCODED if self.key is None else COPIED,
            "lead": self.lead,
        }
