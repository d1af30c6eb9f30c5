"""Windows of clips out of byte ranges: what to read of a sample, and what it decodes to.

json, rows of the packet tables  ->  which frames  ->  byte ranges of the media  ->  pictures, sound, cut columns
------------------------ fetch: any thread, bytes only ----------------------    ---- decode: the worker ------
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError, UsageError
from faceshards.loaders.bodies import Bodies
from faceshards.loaders.cut import companions, cut
from faceshards.loaders.dense import empty
from faceshards.loaders.plan import Plan
from faceshards.loaders.window import Window
from faceshards.media import packets, sound_packets
from faceshards.media.decode import pictures
from faceshards.media.packets import display_order, join_ranges, packet_table, plan_window
from faceshards.media.ranges import ReadRange
from faceshards.media.sound_packets import read_span, sound_table, span_rows
from faceshards.media.table_rows import Layout, placed, wide
from faceshards.shards import codecs
from faceshards.shards.columns import PACKETS, SOUND_PACKETS, VIDEO, codec_of

#: The names under which a window's sound and its frames' numbers are delivered.
SOUND, FRAMES = "sound", "__frames__"

# Two runs of a table's rows or a clip's packets that stand so close are read at once.
_GAP = 16 * 1024
# Frames of a group of pictures, as x264 and this project's encoder are often told to make them: for estimates.
_GROUP = 25


class Held:
    """Some byte ranges of a member, read at once; anything else of it is read when it is asked for."""

    def __init__(self, read: ReadRange, ranges: Sequence[tuple[int, int]] = ()) -> None:
        self._read = read
        self._ranges = join_ranges(ranges, _GAP)
        self._starts = [start for start, _ in self._ranges]
        self._parts = [read(start, stop) for start, stop in self._ranges]

    def __call__(self, start: int, stop: int) -> bytes:
        part = bisect_right(self._starts, start) - 1
        if part >= 0 and stop <= self._ranges[part][1]:
            return self._parts[part][start - self._starts[part] : stop - self._starts[part]]
        return self._read(start, stop)


@dataclass(frozen=True)
class Track:
    """The packets of a stream: the table (rows that are not known: see `table_rows.placed`) and the codec's facts;
    `body`: the whole member, where it had to be read.
    """

    table: np.ndarray
    facts: dict[str, Any]
    body: bytes | None = None


@dataclass(frozen=True)
class Fetched:
    """A window's bytes. `numbers`: its frames; `videos`: the reader, table and facts of each; `start` and `seconds`:
    its span, from the first picture of the clip on; `bodies`: the other columns.
    """

    numbers: np.ndarray
    videos: dict[str, tuple[Held, Track]]
    sound: tuple[Held, Track] | None
    start: float
    seconds: float
    bodies: dict[str, bytes]


class Clips:
    """Fetches and decodes windows of a plan's samples."""

    #: What of the index tells whether a clip is long enough, and what a window of it costs.
    scalars = ("frames", "fps")

    def __init__(self, window: Window, columns: Sequence[str]) -> None:
        self.window, self.columns = window, tuple(columns)
        self.videos = tuple(name for name in columns if codec_of(name) in VIDEO)
        if not self.videos:
            raise ColumnError(f"a window needs a video among its columns, got {', '.join(columns)}: add 'mp4'")
        self.others = tuple(name for name in columns if name not in self.videos)
        self.also = (*(f"{name}.{PACKETS}" for name in self.videos), *companions(columns), "json")
        self.also += (SOUND_PACKETS,) if window.sound else ()

    def fitted(self, plan: Plan, missing: str) -> Plan:
        """The plan without the clips that are too short. Raises UsageError where there are such and missing="error"."""
        unknown = np.full(len(plan), np.nan)
        fits = self.window.fits(plan.scalars.get("frames", unknown), plan.scalars.get("fps", unknown))
        short = np.flatnonzero(~fits)
        if len(short) and (missing == "error" or len(short) == len(plan)):
            first, rule = plan.key(int(short[0])), f"frames >= {self.window.span}"
            raise UsageError(
                f"{len(short)} of {len(plan)} clips are too short for {self.window.frames} frames, first {first!r}: "
                f"leave them out with where={rule!r} or missing='skip'"
            )
        return plan.kept(fits) if len(short) else plan

    def fetch(self, bodies: Bodies, unit: int, epoch: int, seed: int) -> Fetched:
        """The bytes of a unit's window in an epoch. Raises ClipError, ColumnError, DamagedShard."""
        facts = codecs.decode("json", bodies.read(unit, "json")) or {}
        media = facts.get("media", {}) if isinstance(facts, dict) else {}
        draw = f"{seed}/{epoch}/{bodies.plan.key(unit)}"
        first, *more = self.videos
        track, numbers = self._choose(_Member(bodies, unit, first, media.get(first)), draw)
        start, seconds = self._span(track, numbers, facts)
        tracks = {first: track} | {name: _Member(bodies, unit, name, media.get(name)).around(numbers) for name in more}
        sound = self._sound(bodies, unit, media, start, seconds)
        videos = {
            name: _held(bodies, unit, name, one, numbers, sound if name == first else None)
            for name, one in tracks.items()
        }
        rest = {name: bodies.read(unit, name) for name in self._rest}
        heard = None if sound is None else (videos[first][0], sound)
        return Fetched(numbers, videos, heard, start, seconds, rest)

    def canvas(self, count: int) -> dict[str, torch.Tensor]:
        """Where the videos of `count` windows will be painted: uint8 (count, frames, H, W, 3) each; nothing where their
        size is each clip's own.
        """
        if self.window.size is None:
            return {}
        width, height = self.window.size
        shape = (count, self.window.frames, height, width, 3)
        return {name: empty(shape, torch.uint8) for name in self.videos}

    def decode(self, fetched: Fetched, canvas: Mapping[str, np.ndarray]) -> dict[str, Any]:
        """The sample: column -> value, and what the window adds; videos are painted on the `canvas` where it has
        them.
        """
        sample: dict[str, Any] = {}
        values = {name: codecs.decode(name, body) for name, body in fetched.bodies.items()}
        for name in self.columns:
            if name in fetched.videos:
                held, track = fetched.videos[name]
                size, out = self.window.size, canvas.get(name)
                sample[name] = pictures(held, track.table, track.facts, fetched.numbers, size=size, out=out)
            else:
                sample[name] = cut(name, values[name], fetched.numbers, values, self.window.per_frame)
        if self.window.sound and fetched.sound is not None:
            sample[SOUND] = self._heard(*fetched.sound, fetched, self.window.sound)
        return sample | {FRAMES: fetched.numbers}

    def cost(self, bodies: Bodies, unit: int) -> int:
        """About how many bytes a window of a unit takes: the videos' and their tables' share by frames, and the other
        columns whole.
        """
        frames = bodies.plan.scalars.get("frames")
        known = frames is not None and frames[unit] > 0
        share = min(1.0, (self.window.span + _GROUP) / frames[unit]) if known and frames is not None else 1.0
        parts = [*self.videos, *(f"{name}.{PACKETS}" for name in self.videos)]
        parts += [SOUND_PACKETS] if self.window.sound else []
        whole = [*self._rest, "json"]
        return int(share * sum(bodies.size(unit, name) for name in parts)) + sum(
            bodies.size(unit, name) for name in whole
        )

    @property
    def requests(self) -> int:
        """About how many reads a window takes: of the json, of each video's table and packets, of the other columns."""
        return 1 + 2 * len(self.videos) + len(self._rest) + (self.window.sound is not None)

    @property
    def _rest(self) -> list[str]:
        """The columns that are read whole."""
        return list(dict.fromkeys((*self.others, *companions(self.others))))

    def _choose(self, member: _Member, draw: str) -> tuple[Track, np.ndarray]:
        if self.window.fps is None and member.rows is not None:
            numbers = self.window.counted(member.rows, draw)
            return member.around(numbers), numbers
        track = member.whole()
        ticks = track.table[display_order(track.table), packets.PTS]
        if self.window.fps is None:
            return track, self.window.counted(len(ticks), draw)
        return track, self.window.timed(ticks, Fraction(*track.facts["time_base"]), draw)

    def _span(self, track: Track, numbers: np.ndarray, facts: dict[str, Any]) -> tuple[float, float]:
        """When the window begins, and how long it lasts, in seconds from the clip's first picture on."""
        if not self.window.sound:
            return 0.0, 0.0
        order = display_order(track.table)
        tick = float(Fraction(*track.facts["time_base"]))
        start = float(track.table[order[numbers[0]], packets.PTS] - track.facts["zero"]) * tick
        if self.window.fps is not None:
            return start, self.window.frames / float(self.window.fps)
        behind = int(numbers[-1]) + self.window.stride
        ticks = track.table[order[int(numbers[0]) : behind + 1], packets.PTS]
        if behind < len(order):
            end = int(ticks[-1])
        else:  # the clip ends before: its last frames are taken to be as long as the one before
            step = int(ticks[-1] - ticks[-2]) if len(ticks) > 1 else round(1 / tick / _rate(facts))
            end = int(ticks[-1]) + step * (behind - len(order) + 1)
        return start, (end - int(ticks[0])) * tick

    def _sound(self, bodies: Bodies, unit: int, media: dict[str, Any], start: float, seconds: float) -> Track | None:
        """The sound's packets that the span needs. Raises ClipError `no-sound`."""
        if not self.window.sound:
            return None
        facts = media.get(SOUND)
        layout = _layout(bodies.size(unit, SOUND_PACKETS), sound_packets.WIDTH, facts)
        if facts is not None and layout is not None and "step" in facts:
            begin, step = facts["step"]
            first, last = span_rows(begin + np.arange(layout.rows) * step, facts["rate"], start, seconds)
            (body,) = bodies.read_spans(unit, SOUND_PACKETS, [layout.span(first, last)])
            return Track(layout.parsed(body), facts)
        if facts is not None and layout is not None:
            table = wide(codecs.decode_npy(bodies.read(unit, SOUND_PACKETS)))
        elif bodies.size(unit, f"{self.videos[0]}.{PACKETS}"):
            raise ClipError("no-sound", "the clip has no sound: leave such out (sound_codec IS NOT NULL)")
        else:
            table, facts = sound_table(bodies.read(unit, self.videos[0]))
        first, last = span_rows(table[:, sound_packets.START], facts["rate"], start, seconds)
        return Track(table[first:last] if facts["ranged"] else table, facts)

    @staticmethod
    def _heard(held: Held, track: Track, fetched: Fetched, rate: int) -> np.ndarray:
        if not len(track.table):  # the window lies behind the end of the sound
            return np.zeros(round(fetched.seconds * rate), np.float32)
        return read_span(held, track.table, track.facts, fetched.start, fetched.seconds, rate).samples


class _Member:
    """A video member of a sample, and its packet table: as much of it as is needed."""

    def __init__(self, bodies: Bodies, unit: int, name: str, facts: dict[str, Any] | None) -> None:
        self._bodies, self._unit, self._name, self._facts = bodies, unit, name, facts
        self._packets = f"{name}.{PACKETS}"
        self._layout = _layout(bodies.size(unit, self._packets), packets.WIDTH, facts)
        #: Frames of the clip, where the table's size tells: all of its packets are shown, one a frame.
        self.rows = self._layout.rows if self._layout is not None and facts is not None and "seek" in facts else None

    def whole(self) -> Track:
        """All packets; of a foreign video, which has no table, out of the video itself."""
        if self._layout is None or self._facts is None:
            body = self._bodies.read(self._unit, self._name)
            return Track(*packet_table(body), body)
        table = wide(codecs.decode_npy(self._bodies.read(self._unit, self._packets)))
        return Track(table, self._facts)

    def around(self, numbers: np.ndarray) -> Track:
        """The packets that frames `numbers` and the one behind them need."""
        if self.rows is None or self._layout is None or self._facts is None:
            return self.whole()
        back, ahead = self._facts["seek"]
        first, last = max(0, int(numbers[0]) - back), min(self.rows, int(numbers[-1]) + 2 + ahead)
        (body,) = self._bodies.read_spans(self._unit, self._packets, [self._layout.span(first, last)])
        table = placed(self._layout.parsed(body), first, self.rows, packets.PTS)
        try:
            plan_window(table, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1)
        except LookupError:
            return self.whole()
        return Track(table, self._facts)


def _layout(size: int, width: int, facts: dict[str, Any] | None) -> Layout | None:
    return None if facts is None else Layout.of(size, width, facts.get("rows"))


def _held(
    bodies: Bodies, unit: int, name: str, track: Track, numbers: np.ndarray, sound: Track | None
) -> tuple[Held, Track]:
    """The bytes of a video that a window of it and of its sound needs."""

    def read(start: int, stop: int) -> bytes:
        return bodies.read_spans(unit, name, [(start, stop)])[0]

    if track.body is not None or not track.facts["ranged"]:
        body = track.body or bodies.read(unit, name)
        return Held(lambda start, stop: body[start:stop]), track
    ranges = list(plan_window(track.table, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1).ranges)
    if sound is not None:
        places = (
            sound.table[:, [sound_packets.OFFSET, sound_packets.SIZE]] if sound.facts["ranged"] else np.empty((0, 2))
        )
        ranges += [(int(offset), int(offset + size)) for offset, size in places]
    return Held(read, ranges), track


def _rate(facts: dict[str, Any]) -> float:
    fps = facts.get("fps", 25)
    return float(Fraction(*fps)) if isinstance(fps, list) else float(fps)
