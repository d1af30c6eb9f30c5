"""A portrait as a unit: which bytes of a sample it reads, and what they decode to.

json, boxes, light of all frames  ->  reference and window  ->  byte ranges of the clip, a twin, the masks  ->  pictures
-------------------------------- fetch: any thread, bytes only -------------------------------------    -- decode --
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError
from faceshards.loaders.decode.cut import companions
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Ahead, Hand, each_apart
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost, of_some, of_window
from faceshards.loaders.units.deck import Deck, EachRow
from faceshards.loaders.units.fitted import fitted
from faceshards.loaders.units.portrait.clips import RowClips
from faceshards.loaders.units.portrait.crop import square
from faceshards.loaders.units.portrait.face_track import face_boxes
from faceshards.loaders.units.portrait.footage import PortraitFootage, PortraitVideos
from faceshards.loaders.units.portrait.moment import dice, drawn, shown
from faceshards.loaders.units.portrait.poses import POINTS, Poses
from faceshards.loaders.units.portrait.rule import PortraitRule
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.window import Window
from faceshards.media.clip import Clip
from faceshards.media.timeline import Timeline
from faceshards.media.video.part import Part
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import CLIP, PACKETS, SOUND, SOUND_PACKETS, VIDEO

_READS = "portraits: json, boxes, points, rows of the packet tables, the groups of pictures"
_TWINS = ("swapped.mp4", "styled.mp4")
# Of a frame `quality.npy` tells its luma first; `face_valid.npy` is Sigma's.
_MASK, _LIGHT, _VALID = "mask.mp4", "quality.npy", "face_valid.npy"


def columns_of(rule: PortraitRule) -> tuple[str, ...]:
    """What a sample must have for a portrait by a rule."""
    return (CLIP, rule.boxes, *(POINTS if rule.points else ()), *((_MASK,) if rule.conditions else ()))


class PortraitWindow:
    """The unit of `views.Portrait`. All that is drawn is drawn from (`seed`, epoch, key)."""

    def __init__(self, rule: PortraitRule, seed: int = 0) -> None:
        self.rule, self._seed = rule, seed
        self.columns = columns_of(rule)
        #: The columns that are read whole where they are there.
        self._rest = [rule.boxes, *(POINTS if rule.points else ())]
        self._rest = list(dict.fromkeys((*self._rest, *companions(self._rest), _LIGHT, _VALID)))
        shares = dict(zip(_TWINS, (rule.swap, rule.style), strict=True))
        self._twins = {name: share for name, share in shares.items() if share}
        videos = (CLIP, *self._twins, *((_MASK,) if rule.conditions else ()))
        also = (*self._rest, *self._twins, *(f"{name}.{PACKETS}" for name in videos), "json")
        also += (SOUND_PACKETS, *SOUND, *VIDEO) if rule.sound else ()
        also = tuple(name for name in dict.fromkeys(also) if name not in self.columns)
        self.needs = Needs(self.columns, also, ("frames", "fps"), shuffled=WINDOW)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the clips that are too short, or silent where sound is wanted."""
        window = Window(self.rule.frames, stride=self.rule.least_stride, sound=self.rule.sound)
        return fitted(plan, window, [CLIP], missing)

    def deck(self, plan: Plan) -> EachRow:
        """Each clip is a unit."""
        return EachRow(plan)

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads, after the portraits of some clips."""
        return of_some(deck, self.fetch, _READS)

    def size(self, bodies: Bodies, hand: Hand) -> int:
        """About how many bytes a portrait of a clip takes."""
        videos = (CLIP, *((_MASK,) if self.rule.conditions else ()))
        span = (self.rule.frames - 1) * self.rule.stride + 1
        return of_window(bodies, hand.rows[0], span, videos, {*self._rest, "json"})

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Hand], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Each portrait is fetched by a thread of the pool."""
        return each_apart(schedule, partial(self.fetch, bodies), partial(self.size, bodies), pool, share)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """None."""
        return {}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """None."""
        return {}

    def decode(
        self, fetched: PortraitFootage, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The sample, as `PortraitFootage.sample` says."""
        return fetched.sample(self.rule)

    def fetch(self, bodies: Bodies, hand: Hand) -> PortraitFootage:
        """The bytes of a clip's portrait in an epoch. Raises ClipError (`no-face`, `small-face`, `dark`,
        `too-few-frames` among others), ColumnError, DamagedShard.
        """
        row, epoch = hand.rows[0], hand.epoch
        clips = RowClips.of(bodies, row)
        values = {name: codecs.decode(name, bodies.read(row, name)) for name in self._rest if bodies.has(row, name)}
        chance = dice(self._seed, epoch, hand.key)
        clip = clips.open(CLIP)
        boxes, luma = face_boxes(self.rule.boxes, values, len(clip)), _row(values, _LIGHT, len(clip))
        moment = drawn(self.rule, shown(self.rule, boxes, clip.size, _row(values, _VALID, len(clip)), luma), chance)
        numbers = np.array([moment.reference, *moment.numbers])
        cut = square(self.rule.crop, boxes[numbers], clip.size, chance)
        driver = self._driver(bodies, row, chance)
        target, lead = self._target(clip, moment.numbers)
        videos = PortraitVideos(
            clip.part(numbers[:1]),
            target,
            None if driver == CLIP else clips.open(driver).part(moment.numbers),
            clips.open(_MASK).part(numbers[:1]) if self.rule.conditions else None,
        )
        poses = Poses.of(values, numbers) if self.rule.points else None
        known = PortraitFootage(
            moment.numbers, moment.reference, videos, clip.size, cut, boxes[moment.numbers], poses, driver,
            int(chance.integers(1 << 62)), luma is not None, lead,
        )  # fmt: skip
        return known

    def _driver(self, bodies: Bodies, row: int, chance: np.random.Generator) -> str:
        """The column whose pictures drive: a twin that is there, as often as the rule says, or the clip."""
        at, there = chance.random(), [name for name in self._twins if bodies.has(row, name)]
        total, some = sum(self._twins.values()), sum(self._twins[name] for name in there)
        for name in there:
            at -= self._twins[name] * total / some
            if at < 0:
                return name
        return CLIP

    def _target(self, clip: Clip, numbers: np.ndarray) -> tuple[Part, float]:
        """The bytes of the window and of its sound, and what of the sound before it lies before the clip, in
        seconds.
        """
        if self.rule.sound is None:
            return clip.part(numbers), 0.0
        lead, context = [0.0], self.rule.context
        behind = int(numbers[-1] - numbers[-2]) if len(numbers) > 1 else self.rule.stride

        def span(line: Timeline) -> tuple[float, float]:
            start = line.at(int(numbers[0])) - context
            lead[0] = max(0.0, -start)
            lasts = line.lasting(int(numbers[0]), int(numbers[-1]) + behind)
            return max(0.0, start), lasts + 2 * context - lead[0]

        return clip.part(numbers, span, behind), lead[0]


def _row(values: Mapping[str, Any], column: str, frames: int) -> np.ndarray | None:
    """The first number of each frame in a column, (frames,); None where it is not there. Raises ClipError
    `bad-column` where it has other frames than the clip.
    """
    if column not in values:
        return None
    rows = np.asarray(values[column])
    if len(rows) != frames:
        raise ClipError("bad-column", f"{column} has {len(rows)} rows, the clip {frames} frames: curate it again")
    return rows.reshape(frames, -1)[:, 0]
