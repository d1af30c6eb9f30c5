"""Windows of clips out of byte ranges: what to read of a sample, and what it decodes to.

json, rows of the packet tables  ->  which frames  ->  byte ranges of the media  ->  pictures, sound, cut columns
------------------------ fetch: any thread, bytes only ----------------------    ---- decode: the worker ------
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError
from faceshards.loaders.decode.cut import companions
from faceshards.loaders.decode.dense import empty
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Ahead, Hand, each_apart
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.members import UnitMembers
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost, of_some, of_window
from faceshards.loaders.units.deck import Deck, EachRow
from faceshards.loaders.units.fitted import fitted
from faceshards.loaders.units.footage import Footage
from faceshards.loaders.units.unit import Needs
from faceshards.loaders.units.window import Window, drawn_by
from faceshards.media.clip import Clip
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import CLIP, PACKETS, SOUND, SOUND_PACKETS, VIDEO, codec_of

_READS = "windows: json, rows of the packet tables, the groups of pictures; clips without a table whole"


class ClipWindow:
    """The unit of a dataset with a window: some frames of a clip, and all that belongs to them. Which frames are drawn
    from (`seed`, epoch, key).
    """

    def __init__(self, window: Window, columns: Sequence[str], seed: int = 0) -> None:
        self.window, self.columns, self._seed = window, tuple(columns), seed
        self.videos = tuple(name for name in columns if codec_of(name) in VIDEO or name == CLIP)
        if not self.videos:
            raise ColumnError(f"a window needs a video among its columns, got {', '.join(columns)}: add 'video'")
        cropped = [window.crop] if isinstance(window.crop, str) else []
        others = [*(name for name in columns if name not in self.videos), *cropped]
        #: The columns that are read whole.
        self._rest = list(dict.fromkeys((*others, *companions(others))))
        also = (*(f"{name}.{PACKETS}" for name in self.videos), *cropped, *companions(others), "json")
        also += (SOUND_PACKETS, *SOUND, *VIDEO) if window.sound else ()  # a twin speaks with the clip's own voice
        # frames and fps tell whether a clip is long enough, and what a window of it costs. Nothing of clips waits in
        # memory while rows are shuffled: the lanes may shuffle as many as they like.
        self.needs = Needs(self.columns, also, ("frames", "fps"), shuffled=WINDOW)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the clips that hold no such window. Raises UsageError as `units.fitted` does."""
        return fitted(plan, self.window, self.videos, missing)

    def deck(self, plan: Plan) -> EachRow:
        """Each clip is a unit."""
        return EachRow(plan)

    def fetch(self, bodies: Bodies, hand: Hand) -> Footage:
        """The bytes of a clip's window in an epoch. Raises ClipError, ColumnError, DamagedShard."""
        (row,), epoch = hand.rows, hand.epoch
        json = bodies.read(row, "json")
        facts = codecs.decode("json", json)
        facts = facts if isinstance(facts, dict) else {}
        there = [name for name in self.videos if bodies.has(row, name)]
        if not there:
            raise ClipError("no-video", f"none of {', '.join(self.videos)} is there: leave the sample out")
        container = _container(facts) if CLIP in there else None
        members = UnitMembers(bodies, row, container)
        clips = {name: Clip(members, facts, container if name == CLIP and container else name) for name in there}
        numbers = self.window.numbers(clips[there[0]], drawn_by(self._seed, epoch, hand.key))
        heard = there[0] if self.window.sound else None
        # How long the last picture is shown, and so the sound, the one behind it says.
        voice = (partial(self.window.span_of, numbers), self.window.stride)
        videos = {name: clip.part(numbers, *(voice if name == heard else ())) for name, clip in clips.items()}
        rest = {name: json if name == "json" else bodies.read(row, name) for name in self._rest}
        return Footage(numbers, videos, rest)

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads, after the windows of some clips."""
        return of_some(deck, self.fetch, _READS)

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Hand], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Each window is fetched by a thread of the pool."""
        return each_apart(schedule, partial(self.fetch, bodies), partial(self.size, bodies), pool, share)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """None: a window's arrays are cut."""
        return {}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Where the videos of some windows will be painted: uint8 (n, frames, ...) each; none for those whose size is
        each clip's own, or that a sample lacks.
        """
        if self.window.size is None:
            return {}
        width, height = self.window.size
        picture = (height, width, 3) if self.window.pixel == "rgb" else (height * 3 // 2, width)
        shape = (len(rows), self.window.frames, *picture)
        whole = [name for name in self.videos if all(bodies.size(row, name) for row in rows[:, 0].tolist())]
        return {name: empty(shape, torch.uint8) for name in whole}

    def decode(
        self, fetched: Footage, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The sample, as `Footage.sample` says."""
        return fetched.sample(self.window, self.videos, names, canvas)

    def size(self, bodies: Bodies, hand: Hand) -> int:
        """About how many bytes a window of a clip takes."""
        whole = {*self._rest, "json", *(SOUND if self.window.sound else ())}
        return of_window(bodies, hand.rows[0], self.window.span, self.videos, whole)


def _container(facts: Mapping[str, Any]) -> str | None:
    """The column that holds the clip, by what the json says; None in a foreign shard, whose clips are read whole."""
    named = facts.get("container")
    return named if isinstance(named, str) and named in VIDEO else None
