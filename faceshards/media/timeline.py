"""Ticks and seconds: when pictures are shown and which of them a time or a rate names. All such arithmetic is here."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from faceshards.errors import ClipError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.packet import Packet
    from av.video.stream import VideoStream

#: Stands for a timestamp that the container does not give (FFmpeg's AV_NOPTS_VALUE).
NO_TIME = -(2**63)
#: Frames a second of a clip of which nothing says them: a picture, a foreign sample.
DEFAULT_RATE = Fraction(25)

# So many ticks a picture, and a tick more or less is no other picture.
_FINE = 4


def rate_of(facts: Mapping[str, Any]) -> Fraction:
    """Frames a second by a sample's json: its `fps`, [numerator, denominator] or a number; else `DEFAULT_RATE`."""
    match facts.get("fps"):
        case [int(num), int(den)] if num > 0 and den > 0:
            return Fraction(num, den)
        case int(rate) | float(rate) if 0 < rate < math.inf and not isinstance(rate, bool):
            return Fraction(rate).limit_denominator(1_000_000) or DEFAULT_RATE
    return DEFAULT_RATE


def tick_of(stream: VideoStream | AudioStream) -> Fraction:
    """Seconds a tick of the stream's timestamps. Raises ClipError `broken-media` where the container does not say."""
    if not stream.time_base:
        raise ClipError("broken-media", f"the {stream.type} stream has no time base; its pictures have no times")
    return Fraction(stream.time_base)  # PyAV 19 has a number of its own there


def told_tick(media: Mapping[str, Any]) -> Fraction:
    """The same, as the json says it of a video."""
    return Fraction(*media["time_base"])


def seconds(ticks: int, tick: Fraction) -> float:
    """So many ticks in seconds, rounded once."""
    return float(ticks * tick)


def mean_rate(pictures: int, ticks: int, tick: Fraction) -> Fraction:
    """Frames a second of so many pictures within so many ticks."""
    return Fraction(pictures) / (max(ticks, 1) * tick)


def shown_at(packet: Packet) -> float | None:
    """When a packet's picture is shown, in seconds on the container's clock; None where that is not known."""
    return None if packet.pts is None else float(packet.pts * packet.time_base)


def over_at(packet: Packet) -> float | None:
    """When what a packet holds is over, as `shown_at`."""
    return None if packet.pts is None else float(over_tick(packet) * packet.time_base)


def over_tick(packet: Packet) -> int:
    """The same as a tick of its stream.

    The edit list of an mp4 may end within a packet of sound, whose rest is not heard. Where it ends, the stream's
    duration says (not of a sound that begins late). FFmpeg drops the rest from 8.1 on; before, it decodes it, too.
    """
    stream, begin = packet.stream, packet.pts if packet.pts is not None else packet.dts or 0
    end = begin + (packet.duration or 0)
    listed = stream.type == "audio" and stream.container.format.name.startswith("mov") and not stream.start_time
    return min(end, stream.duration) if listed and begin < (stream.duration or 0) else end


@dataclass(frozen=True)
class Timeline:
    """When each picture of a clip is shown.

    `ticks` int64 (frames,), ascending, in units of `tick` seconds; `zero`: the tick of the first picture, from which
    on seconds count. `rate`: frames a second where the ticks do not tell (a clip of one picture). Where only some rows
    of the packet table are known, only the ticks of these pictures are (see `tables.rows.placed`).
    """

    ticks: np.ndarray
    tick: Fraction
    zero: int
    rate: Fraction = DEFAULT_RATE

    @classmethod
    def guessed(cls, pts: np.ndarray, dts: np.ndarray, tick: Fraction, rate: Fraction) -> Timeline:
        """The timeline of pictures some of whose presentation times the container does not give (`NO_TIME`, as in AVI):
        their decoding times stand in, or, where these lack, too, the pictures follow one another evenly.
        """
        ticks = np.sort(np.where(pts == NO_TIME, dts, pts))
        if len(ticks) and ticks[0] == NO_TIME:
            ticks = np.array([round(number / rate / tick) for number in range(len(ticks))], np.int64)
        return cls(ticks, tick, int(ticks[0]) if len(ticks) else 0, rate)

    def __len__(self) -> int:
        return len(self.ticks)

    @property
    def is_even(self) -> bool:
        """Whether the pictures follow one another at exactly `rate`, to within a tick."""
        expected = np.array([round(number / self.rate / self.tick) for number in range(len(self))], np.int64)
        return bool((np.abs(self.ticks - self.zero - expected) <= 1).all())

    @property
    def times(self) -> np.ndarray:
        """Seconds from the first picture on, float64 (frames,)."""
        return (self.ticks - self.zero) * float(self.tick)

    def at(self, number: int) -> float:
        """When a picture is shown, in seconds from the first picture on."""
        return float(self.ticks[number] - self.zero) * float(self.tick)

    def lasting(self, first: int, behind: int) -> float:
        """Seconds from picture `first` until picture `behind` is shown; beyond the clip's end each picture is taken to
        last as long as the one before.
        """
        ticks = self.ticks[first : behind + 1]
        end = int(ticks[-1])
        if behind >= len(self):
            step = int(ticks[-1] - ticks[-2]) if len(ticks) > 1 else round(1 / float(self.tick) / float(self.rate))
            end += step * (behind - len(self) + 1)
        return (end - int(ticks[0])) * float(self.tick)

    def within(self, start: float, end: float) -> np.ndarray:
        """The numbers of the pictures that are shown at some time in [start, end), seconds: int64 (n,), ascending."""
        first, last = int(np.searchsorted(self.times, start, side="right")) - 1, int(np.searchsorted(self.times, end))
        return np.arange(max(0, first), last)

    def room(self, fps: float | Fraction, count: int) -> int:
        """How many of the pictures, from the first on, can be the first of `count` pictures at `fps`."""
        last = self.ticks[-1] + (self.ticks[-1] - self.ticks[-2] if len(self) > 1 else 1)
        return int(np.searchsorted(self.ticks, last - self._away(fps, count)[-1]))

    def paced(self, first: int, fps: float | Fraction, count: int) -> np.ndarray:
        """The pictures that are shown k / fps seconds after picture `first`, k < count, to within a tick.

        Their numbers, int64 (count,), ascending; some come twice where the clip is slower.
        """
        # Times are rounded to ticks, so a picture may seem to begin a tick late. Not where a tick is a whole picture.
        slack = int(len(self) > 1 and np.median(np.diff(self.ticks)) >= _FINE)
        wanted = self.ticks[first] + self._away(fps, count) + slack
        return np.searchsorted(self.ticks, wanted, side="right") - 1

    def _away(self, fps: float | Fraction, count: int) -> np.ndarray:
        step = Fraction(fps).limit_denominator(1_000_000) * self.tick
        return np.array([round(k / step) for k in range(count)], np.int64)
