"""Windows of a face's codes with their sound: arrays that go by frames, cut where they lie, 640 samples a frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal

import numpy as np
import torch

from faceshards.errors import ClipError
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Ahead, Hand, each_apart
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.codes.consecutive import FIRST_WINDOW, WINDOWS, Consecutive
from faceshards.loaders.units.codes.member_rows import ArrayMember, MemberPart, SoundMember
from faceshards.loaders.units.cost import Cost, of_some
from faceshards.loaders.units.deck import Deck, EachRow
from faceshards.loaders.units.fitted import without
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.window import Start, drawn, drawn_by
from faceshards.media.sound.level import envelope

#: What every sequence of EMOCA's codes has: frames and samples a second, and samples a frame.
FPS, RATE, SAMPLES = 25, 16000, 640
#: Where in its sequence a window begins; "all": each of the windows that stand one behind the other, as a unit.
Begin = Start | Literal["all"]
#: The names of a window's columns.
SOUND, ENVELOPE, FRAMES, FIRST = "wav", "envelope.npy", "__frames__", "__first__"

# Frames on either side of a window whose sound is read, too, where its envelope is made of it.
_AROUND = 10
_READS = "windows: the head of each array and of the sound, then the bytes of the window's rows"


@dataclass(frozen=True)
class CodeExcerpt:
    """A window's bytes: the numbers of its frames, int64 (T,), the rows of `codes` by column, the first row of each,
    the samples of its sound from `before` samples before its first frame on, and its envelope, where it was read.
    """

    numbers: np.ndarray
    codes: Mapping[str, MemberPart]
    first: Mapping[str, MemberPart]
    sound: MemberPart
    before: int
    envelope: MemberPart | None


class CodeWindow:
    """The unit of a sequence of codes: `frames` neighbours of it, or all (None), and the sound and envelope of just
    these.

    `columns`: arrays (N, D), a row a frame each; "wav"; and "envelope.npy", which is made of the sound where it is not
    among them. A sequence counts as long as the shorter of its arrays and its sound; arrays that differ in length, and
    sound that lasts a second or more longer or shorter than they do, are bad, as packing has it. `start`: as
    `Window.start`; random ones are drawn from (`seed`, epoch, key). "all": a sequence has as many units as windows, one
    behind the other from its first frame on; what is left of it, shorter than a window, is in none.
    """

    def __init__(
        self, columns: Sequence[str], frames: int | None = 250, seed: int = 0, start: Begin = "random"
    ) -> None:
        self.columns, self.frames, self.start, self._seed = tuple(columns), frames, start, seed
        self._codes = tuple(name for name in columns if name not in (SOUND, ENVELOPE))
        self.needs = Needs(self.columns, scalars=("frames", "sound_duration"), shuffled=WINDOW)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the sequences that are shorter than a window. Raises UsageError as `units.fitted` does."""
        least = self.frames or 1
        short = lengths(plan) < least
        rule = f"where='frames >= {least} AND sound_duration >= {least / FPS:g}' or missing='skip'"
        plan = without(plan, short, f"are too short for {least} frames with their sound", rule, missing)
        if not self._all:
            return plan
        known = lengths(plan)
        rule = "pack them again, or draw random windows"
        plan = without(plan, np.isnan(known), "do not say how long they are", rule, missing)
        windows = known[~np.isnan(known)] // least
        return replace(plan, scalars={**plan.scalars, FIRST_WINDOW: np.cumsum(windows) - windows, WINDOWS: windows})

    @property
    def _all(self) -> bool:
        return self.start == "all" and self.frames is not None

    def deck(self, plan: Plan) -> Deck:
        """Each sequence is a unit, or each of its windows."""
        return Consecutive(plan, f"windows of {self.frames} frames") if self._all else EachRow(plan)

    def fetch(self, bodies: Bodies, hand: Hand) -> CodeExcerpt:
        """The bytes of a sequence's window in an epoch. Raises ClipError, ColumnError, DamagedShard, UnsafeData."""
        row = hand.rows[0]
        codes = {name: ArrayMember(bodies, row, name) for name in self._codes}
        sound = SoundMember(bodies, row, SOUND)
        swell = ArrayMember(bodies, row, ENVELOPE) if ENVELOPE in self.columns else None
        usable = _usable({name: len(one) for name, one in codes.items()}, sound, swell)
        begin = self._begin(usable, bodies.plan, hand)
        end = begin + (self.frames or usable)
        around = _AROUND if swell is None else 0
        # Whole frames: of a length that is a prime the envelope's transform would take ten times as long.
        heard, behind = (
            SAMPLES * frame for frame in (max(0, begin - around), min(len(sound) // SAMPLES, end + around))
        )
        return CodeExcerpt(
            np.arange(begin, end),
            {name: one.part(begin, end) for name, one in codes.items()},
            {name: one.part(0, 1) for name, one in codes.items()},
            sound.part(heard, behind),
            begin * SAMPLES - heard,
            None if swell is None else swell.part(begin * SAMPLES, end * SAMPLES),
        )

    def _begin(self, usable: int, plan: Plan, hand: Hand) -> int:
        if usable < (self.frames or 1):
            raise ClipError("too-few-frames", f"{usable} frames with their sound have no window of {self.frames or 1}")
        if self.frames is None:
            return 0
        row = hand.rows[0]
        if self.start != "all":
            return drawn(self.start, usable - self.frames + 1, drawn_by(self._seed, hand.epoch, hand.key))
        begin = (hand.unit - int(plan.scalars[FIRST_WINDOW][row])) * self.frames
        if begin + self.frames > usable:
            raise ClipError("too-few-frames", f"{usable} frames with their sound end in a window from {begin} on")
        return begin

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads, after the windows of some sequences."""
        return of_some(deck, self.fetch, _READS)

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Hand], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Each window is fetched by a thread of the pool."""
        return each_apart(schedule, partial(self.fetch, bodies), partial(self.size, bodies), pool, share)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """None: arrays are cut."""
        return {}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """None: a view takes the parts."""
        return {}

    def decode(
        self, fetched: CodeExcerpt, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """Each array of codes (T, D); "wav" and "envelope.npy" float32 (640 T,); "__first__", the first row (1, D) of
        each array; "__frames__", int64 (T,).
        """
        count = len(fetched.numbers) * SAMPLES
        heard = fetched.sound.rows()
        swell = envelope(heard)[fetched.before :][:count] if fetched.envelope is None else fetched.envelope.rows()
        return {
            **{name: part.rows() for name, part in fetched.codes.items()},
            SOUND: heard[fetched.before :][:count],
            ENVELOPE: swell,
            FIRST: {name: part.rows() for name, part in fetched.first.items()},
            FRAMES: fetched.numbers,
        }

    def size(self, bodies: Bodies, hand: Hand) -> int:
        """About how many bytes a window takes: the share by frames of the members."""
        row = hand.rows[0]
        frames = bodies.plan.scalars["frames"][row]
        share = 1.0 if self.frames is None or not frames > 0 else min(1.0, self.frames / frames)
        return int(share * sum(bodies.size(row, name) for name in self.columns))


def lengths(plan: Plan) -> np.ndarray:
    """Whole frames of each sequence that have codes and sound, as far as the index tells: float64 (N,), else NaN."""
    unknown = np.full(len(plan), np.nan)
    heard = np.round(plan.scalars.get("sound_duration", unknown) * RATE) // SAMPLES
    return np.fmin(plan.scalars.get("frames", unknown), heard)


def _usable(rows: Mapping[str, int], sound: SoundMember, swell: ArrayMember | None) -> int:
    """Whole frames that have codes and sound. Raises ClipError `bad-column` where these do not belong together."""
    frames = next(iter(rows.values()))
    if any(count != frames for count in rows.values()):
        raise ClipError("bad-column", f"frames differ: {', '.join(f'{name} has {n}' for name, n in rows.items())}")
    if sound.rate != RATE:
        raise ClipError("bad-column", f"the sound is of {sound.rate} Hz, must be of {RATE}")
    if abs(len(sound) / SAMPLES - frames) >= FPS:
        raise ClipError("bad-column", f"the sound lasts {len(sound) / RATE:g} s, {frames} frames {frames / FPS:g} s")
    if swell is not None and len(swell) != len(sound):
        raise ClipError("bad-column", f"{ENVELOPE} has {len(swell)} values, the sound {len(sound)} samples")
    return min(frames, len(sound) // SAMPLES)
