"""Windows of clips out of byte ranges: what to read of a sample, and what it decodes to.

json, rows of the packet tables  ->  which frames  ->  byte ranges of the media  ->  pictures, sound, cut columns
------------------------ fetch: any thread, bytes only ----------------------    ---- decode: the worker ------
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError, UsageError
from faceshards.loaders.decode.cut import companions, cut
from faceshards.loaders.decode.dense import empty
from faceshards.loaders.fetch.ahead import LEAST_GROUP, UNDER_WAY, Ahead, Draw
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost, of_some
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.window import Window
from faceshards.media.sound import packets as sound_packets
from faceshards.media.sound.packets import read_span, sound_table, span_rows
from faceshards.media.tables import packets
from faceshards.media.tables.packets import display_order, join_ranges, packet_table, plan_window
from faceshards.media.tables.ranges import ReadRange
from faceshards.media.tables.rows import Layout, placed, wide
from faceshards.media.video.decode import pictures
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import PACKETS, SOUND_PACKETS, VIDEO, codec_of

#: The names under which a window's sound and its frames' numbers are delivered.
SOUND, FRAMES = "sound", "__frames__"

# Frames of a group of pictures, as this project's encoder is told to make them: for estimates.
_GROUP = 25
_READS = "windows: json, rows of the packet tables, the groups of pictures; clips without a table whole"
# What a bare codec needs to be told (`packet_table`, `sound_table`), and of which kind it is.
_FACTS: dict[str, type | tuple[type, ...]] = {"codec": str, "extradata": str, "tag": str, "bytes": int, "ranged": bool}
_PICTURE_FACTS = _FACTS | {"reorder": int, "color_range": int, "colorspace": int, "zero": int}
_SOUND_FACTS = _FACTS | {"rate": int, "layout": str}


class Held:
    """Some byte ranges of a member, read at once; anything else of it is read when it is asked for."""

    def __init__(self, read: ReadRange, ranges: Sequence[tuple[int, int]] = ()) -> None:
        self._read = read
        self._ranges = join_ranges(ranges)
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
class Seen:
    """A video's bytes and packets for a window; `whole` gives all packets, where decoding turns out to need more."""

    held: Held
    track: Track
    whole: Callable[[], Track]

    def pictures(self, numbers: np.ndarray, size: tuple[int, int] | None, out: np.ndarray | None) -> np.ndarray:
        """The frames of these numbers, as `media.video.decode.pictures` gives them."""
        try:
            return pictures(self.held, self.track.table, self.track.facts, numbers, size=size, out=out)
        except LookupError:  # with a rolling intra refresh a decoder must begin earlier than the table's rows reach
            track = self.whole()
            return pictures(self.held, track.table, track.facts, numbers, size=size, out=out)


@dataclass(frozen=True)
class Fetched:
    """A window's bytes. `numbers`: its frames; `videos`: the bytes and packets of each that is there; `start` and
    `seconds`: its span, from the first picture of the clip on; `bodies`: the other columns.
    """

    numbers: np.ndarray
    videos: dict[str, Seen]
    sound: tuple[Held, Track] | None
    start: float
    seconds: float
    bodies: dict[str, bytes]


class ClipWindow:
    """The unit of a dataset with a window: some frames of a clip, and all that belongs to them. Which frames are drawn
    from (`seed`, epoch, key).
    """

    def __init__(self, window: Window, columns: Sequence[str], seed: int = 0) -> None:
        self.window, self.columns, self._seed = window, tuple(columns), seed
        self.videos = tuple(name for name in columns if codec_of(name) in VIDEO)
        if not self.videos:
            raise ColumnError(f"a window needs a video among its columns, got {', '.join(columns)}: add 'mp4'")
        others = [name for name in columns if name not in self.videos]
        #: The columns that are read whole.
        self._rest = list(dict.fromkeys((*others, *companions(others))))
        also = (*(f"{name}.{PACKETS}" for name in self.videos), *companions(columns), "json")
        also += (SOUND_PACKETS,) if window.sound else ()
        # frames and fps tell whether a clip is long enough, and what a window of it costs. Nothing of clips waits in
        # memory while rows are shuffled: the lanes may shuffle as many as they like.
        self.needs = Needs(self.columns, also, ("frames", "fps"), shuffled=WINDOW)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the clips that are too short or, where sound is wanted, silent. Raises UsageError where
        there are such and missing="error", and where no clip is left.
        """
        unknown = np.full(len(plan), np.nan)
        fits = self.window.fits(plan.scalars.get("frames", unknown), plan.scalars.get("fps", unknown))
        plan = _without(plan, ~fits, f"are too short for {self.window.said}", self.window.rule, missing)
        if self.window.sound and missing != "none":
            silent = plan.extents[f"{self.videos[0]}.{PACKETS}"].filled & ~plan.extents[SOUND_PACKETS].filled
            plan = _without(plan, silent, "have no sound", "sound_codec IS NOT NULL", missing)
        return plan

    def fetch(self, bodies: Bodies, draw: Draw) -> Fetched:
        """The bytes of a unit's window in an epoch. Raises ClipError, ColumnError, DamagedShard."""
        unit, epoch = draw
        json = bodies.read(unit, "json")
        facts = codecs.decode("json", json)
        facts = facts if isinstance(facts, dict) else {}
        members = {name: _Member(bodies, unit, name, facts) for name in self.videos if bodies.has(unit, name)}
        if not members:
            raise ClipError("no-video", f"none of {', '.join(self.videos)} is there: leave the sample out")
        first = next(iter(members))
        track, numbers = self._choose(members[first], f"{self._seed}/{epoch}/{bodies.plan.key(unit)}")
        start, seconds = self._span(track, numbers, facts)
        sound = self._sound(members[first], track, start, seconds)
        videos = {}
        for name, member in members.items():
            own = track if name == first else member.around(numbers)
            held = _held(bodies, unit, name, own, numbers, sound if name == first else None)
            videos[name] = Seen(held, own, member.whole)
        rest = {name: json if name == "json" else bodies.read(unit, name) for name in self._rest}
        heard = None if sound is None else (videos[first].held, sound)
        return Fetched(numbers, videos, heard, start, seconds, rest)

    def cost(self, plan: Plan, link: Link, world: int) -> Cost:
        """What an epoch reads, after the windows of some clips."""
        return of_some(plan, self.fetch, _READS)

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Draw], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Each window is fetched by a thread of the pool."""

        def begin(draws: Sequence[Draw]) -> Callable[[], Fetched]:
            return pool.submit(self.fetch, bodies, *draws).result

        limit = max(LEAST_GROUP, int(UNDER_WAY * share))
        return Ahead(schedule, begin, lambda draw: self.size(bodies, draw[0]), group=1, limit=limit)

    def alike(self, plan: Plan) -> list[str]:
        """None: a window's arrays are cut."""
        return []

    def canvas(self, bodies: Bodies, units: Sequence[int]) -> dict[str, torch.Tensor]:
        """Where the videos of some units' windows will be painted: uint8 (units, frames, H, W, 3) each; none for those
        whose size is each clip's own, or that a unit lacks.
        """
        if self.window.size is None:
            return {}
        width, height = self.window.size
        shape = (len(units), self.window.frames, height, width, 3)
        whole = [name for name in self.videos if all(bodies.size(unit, name) for unit in units)]
        return {name: empty(shape, torch.uint8) for name in whole}

    def decode(
        self, fetched: Fetched, unit: int, columns: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The sample: column -> value, and what the window adds; videos are painted on the `canvas` where it has
        them. A video that the sample lacks is None.
        """
        sample: dict[str, Any] = {}
        values = {name: codecs.decode(name, body) for name, body in fetched.bodies.items()}
        for name in columns:
            if name in fetched.videos:
                sample[name] = fetched.videos[name].pictures(fetched.numbers, self.window.size, canvas.get(name))
            elif name in self.videos:
                sample[name] = None
            else:
                sample[name] = cut(name, values[name], fetched.numbers, values, self.window.per_frame)
        if self.window.sound and fetched.sound is not None:
            sample[SOUND] = self._heard(*fetched.sound, fetched, self.window.sound)
        return sample | {FRAMES: fetched.numbers}

    def size(self, bodies: Bodies, unit: int) -> int:
        """About how many bytes a window of a unit takes: the share by frames of the videos and their tables, all of a
        video without a table, and the other columns whole.
        """
        frames = bodies.plan.scalars.get("frames")
        known = frames is not None and frames[unit] > 0
        share = min(1.0, (self.window.span + _GROUP) / frames[unit]) if known and frames is not None else 1.0
        whole = sum(bodies.size(unit, name) for name in {*self._rest, "json"})
        for name in self.videos:
            table = bodies.size(unit, f"{name}.{PACKETS}")
            whole += int((share if table else 1.0) * (bodies.size(unit, name) + table))
        return whole

    def _choose(self, member: _Member, draw: str) -> tuple[Track, np.ndarray]:
        if self.window.fps is None and member.rows is not None:
            numbers = self.window.counted(member.rows, draw)
            # How long the last picture is shown, and so the sound, the one behind it says.
            return member.around(numbers, self.window.stride if self.window.sound else 1), numbers
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

    def _sound(self, member: _Member, video: Track, start: float, seconds: float) -> Track | None:
        """The sound's packets that the span needs. Raises ClipError `no-sound`."""
        if not self.window.sound:
            return None
        bodies, unit, facts = member.bodies, member.unit, member.sound
        layout = _layout(bodies.size(unit, SOUND_PACKETS), sound_packets.WIDTH, facts)
        if facts is not None and layout is not None and "step" in facts:
            begin, step = facts["step"]
            first, last = span_rows(begin + np.arange(layout.rows) * step, facts["rate"], start, seconds)
            (body,) = bodies.read_spans(unit, SOUND_PACKETS, [layout.span(first, last)])
            return Track(layout.parsed(body), facts)
        if facts is not None and layout is not None:
            table = wide(codecs.decode_npy(bodies.read(unit, SOUND_PACKETS)))
        elif video.body is None:
            raise ClipError("no-sound", "the clip has no sound: leave such out (sound_codec IS NOT NULL)")
        else:
            table, facts = sound_table(video.body)
        first, last = span_rows(table[:, sound_packets.START], facts["rate"], start, seconds)
        return Track(table[first:last] if facts["ranged"] else table, facts)

    @staticmethod
    def _heard(held: Held, track: Track, fetched: Fetched, rate: int) -> np.ndarray:
        if not len(track.table):  # the window lies behind the end of the sound
            return np.zeros(round(fetched.seconds * rate), np.float32)
        return read_span(held, track.table, track.facts, fetched.start, fetched.seconds, rate).samples


class _Member:
    """A video member of a sample, and its packet table: as much of it as is needed. `sound`: the facts of the sound."""

    def __init__(self, bodies: Bodies, unit: int, name: str, json: Mapping[str, Any]) -> None:
        self.bodies, self.unit, self._name = bodies, unit, name
        self._packets = f"{name}.{PACKETS}"
        media = json.get("media")
        media = media if isinstance(media, dict) else {}
        self._facts, self.sound = _known(media.get(name), _PICTURE_FACTS), _known(media.get(SOUND), _SOUND_FACTS)
        self._layout = _layout(bodies.size(unit, self._packets), packets.WIDTH, self._facts)
        #: Frames of the clip, where the table's size tells: all of its packets are shown, one a frame.
        self.rows = self._layout.rows if self._layout is not None and "seek" in (self._facts or {}) else None

    def whole(self) -> Track:
        """All packets; of a foreign video, which has no table, out of the video itself."""
        if self._layout is None or self._facts is None:
            body = self.bodies.read(self.unit, self._name)
            return Track(*packet_table(body), body)
        table = wide(codecs.decode_npy(self.bodies.read(self.unit, self._packets)))
        return Track(table, self._facts)

    def around(self, numbers: np.ndarray, behind: int = 1) -> Track:
        """The packets that frames `numbers` and the next `behind` of them need. Raises ClipError `too-few-frames`."""
        if self.rows is None or self._layout is None or self._facts is None:
            return self._holding(numbers, self.whole())
        if numbers[-1] >= self.rows:
            raise self._too_short(numbers, self.rows)
        back, ahead = self._facts["seek"]
        first, last = max(0, int(numbers[0]) - back), min(self.rows, int(numbers[-1]) + 1 + behind + ahead)
        (body,) = self.bodies.read_spans(self.unit, self._packets, [self._layout.span(first, last)])
        table = placed(self._layout.parsed(body), first, self.rows, packets.PTS)
        try:
            plan_window(table, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1)
        except LookupError:
            return self.whole()
        return Track(table, self._facts)

    def _holding(self, numbers: np.ndarray, track: Track) -> Track:
        frames = len(display_order(track.table))
        if numbers[-1] >= frames:
            raise self._too_short(numbers, frames)
        return track

    def _too_short(self, numbers: np.ndarray, frames: int) -> ClipError:
        return ClipError(
            "too-few-frames", f"{self._name} has {frames} frames, the window ends at frame {numbers[-1]}: make it anew"
        )


def _known(facts: Any, kinds: Mapping[str, type | tuple[type, ...]]) -> dict[str, Any] | None:
    """A stream's facts, if they are of the form that packing writes: a foreign `media` in a json means something
    else.
    """
    if not isinstance(facts, dict) or not all(isinstance(facts.get(name), kind) for name, kind in kinds.items()):
        return None
    pairs = [facts[name] for name in ("time_base", "seek", "step") if name in facts]
    if not all(isinstance(one, list) and len(one) == 2 and all(isinstance(n, int) for n in one) for one in pairs):
        return None
    if kinds is _SOUND_FACTS:
        return facts if facts["rate"] > 0 and facts.get("step", [0, 1])[1] > 0 else None
    whole = {"time_base", "width", "height", "pix_fmt"} <= facts.keys() and min(facts["time_base"]) > 0
    return facts if whole and min(facts.get("seek", [0])) >= 0 else None


def _without(plan: Plan, bad: np.ndarray, what: str, rule: str, missing: str) -> Plan:
    """The plan without the `bad` units, bool (N,). Raises UsageError as `ClipWindow.fitted` does."""
    units = np.flatnonzero(bad)
    if len(units) and (missing == "error" or len(units) == len(plan)):
        raise UsageError(
            f"{len(units)} of {len(plan)} clips {what}, first {plan.key(int(units[0]))!r}: "
            f"leave them out with where={rule!r} or missing='skip'"
        )
    return plan.kept(~bad) if len(units) else plan


def _layout(size: int, width: int, facts: dict[str, Any] | None) -> Layout | None:
    return None if facts is None else Layout.of(size, width, facts.get("rows"))


def _held(bodies: Bodies, unit: int, name: str, track: Track, numbers: np.ndarray, sound: Track | None) -> Held:
    """The bytes of a video that a window of it and of its sound needs."""

    def read(start: int, stop: int) -> bytes:
        return bodies.read_spans(unit, name, [(start, stop)])[0]

    if track.body is not None or not track.facts["ranged"]:
        body = track.body or bodies.read(unit, name)
        return Held(lambda start, stop: body[start:stop])
    ranges = list(plan_window(track.table, int(numbers[0]), int(numbers[-1] - numbers[0]) + 1).ranges)
    if sound is not None:
        places = (
            sound.table[:, [sound_packets.OFFSET, sound_packets.SIZE]] if sound.facts["ranged"] else np.empty((0, 2))
        )
        ranges += [(int(offset), int(offset + size)) for offset, size in places]
    return Held(read, ranges)


def _rate(facts: Mapping[str, Any]) -> float:
    """Frames a second of a clip of one frame, which itself does not say; 25 where its facts do not either."""
    fps = facts.get("fps")
    with suppress(TypeError, ValueError, ZeroDivisionError):
        rate = float(Fraction(*fps)) if isinstance(fps, list) else float(fps)  # type: ignore[arg-type]
        return rate if 0 < rate < math.inf else 25.0
    return 25.0
