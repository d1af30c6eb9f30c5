"""A clip as the stages see it: decoded once, shared, read-only."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.sound import Sound
from faceshards.media.timeline import rate_of
from faceshards.shards.reader import Shard
from faceshards.shards.schema import codecs
from faceshards.shards.schema.states import DONE, state_of

#: Most bytes that the pictures of one clip may take in memory.
MAX_BYTES = 4 << 30


class StageClip:
    """One sample of a shard. `facts` is its json as it stands now, with what earlier stages of this run found.

    `made` holds columns that are not yet in the shard; `counts` what the work on it cost: `frames_decoded` (of
    its own), and whatever stages count.
    """

    def __init__(
        self,
        shard: Shard,
        row: int,
        facts: Mapping[str, Any],
        made: Mapping[str, bytes] | None = None,
        max_bytes: int = MAX_BYTES,
    ) -> None:
        self.row = row
        self.key = shard.keys[row]
        self.facts = facts
        self.made = dict(made or {})
        self.counts: dict[str, int] = {}
        self._shard = shard
        self._open = Clip.of(shard, row, facts)
        self._max_bytes = max_bytes
        self._frames: np.ndarray | ClipError | None = None
        self._sounds: dict[int, Sound] = {}

    @property
    def fps(self) -> Fraction:
        """Frames a second; the default one for a picture, which has none."""
        return rate_of(self.facts)

    @property
    def frames(self) -> np.ndarray:
        """All pictures in display order, uint8 (N, H, W, 3) RGB, read-only; decoded the first time, then kept.

        Raises ClipError, the same again each time: what `media.clip` says, or `too-large`.
        """
        if self._frames is None:
            try:
                self._frames = self._decode()
            except ClipError as error:
                self._frames = error
        if isinstance(self._frames, ClipError):
            raise self._frames
        return self._frames

    @property
    def decoded(self) -> bool:
        """Whether the pictures were asked for already."""
        return self._frames is not None

    def count(self, name: str, number: int = 1) -> None:
        """Adds to one of `counts`."""
        self.counts[name] = self.counts.get(name, 0) + number

    def sound(self, rate: int = 16000) -> Sound:
        """The sample's sound, mono at `rate` Hz, from its first picture on; kept. Raises ClipError (`no-sound`,
        ...).
        """
        if rate not in self._sounds:
            self._sounds[rate] = self._open.sound(rate=rate)
        return self._sounds[rate]

    def column(self, name: str) -> Any:
        """The decoded value of a column that an earlier stage made. Raises ClipError `needs-failed` where it
        failed.
        """
        if not self.has(name):
            raise ClipError("needs-failed", f"{name} has no value: the stage that makes it failed")
        return codecs.decode(name, self.made[name] if name in self.made else self._shard.read(self.row, name))

    def has(self, name: str) -> bool:
        """Whether a column has a value, be it an empty one."""
        if name in self.made:
            return state_of(self.facts, name, len(self.made[name])) == DONE
        return self._shard.filled(self.row, name)

    def _decode(self) -> np.ndarray:
        stack: np.ndarray | None = None
        shown = 0
        for chunk in self._open.frames(most=1):
            self.count("frames_decoded")
            if stack is None or shown == len(stack):
                stack = self._grown(stack, chunk.pictures.shape[1:])
            stack[shown] = chunk.pictures[0]
            shown += 1
        if stack is None:
            raise ClipError("no-frames", "nothing in the clip decodes to a picture")
        return _frozen(stack[:shown])

    def _grown(self, stack: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray:
        """Room for the pictures: at first for as many as the json says, then for twice as many."""
        known = self.facts.get("frames")
        room = 2 * len(stack) if stack is not None else known if isinstance(known, int) and known > 0 else 256
        most = self._max_bytes // int(np.prod(shape))
        if (len(stack) if stack is not None else 0) >= most:
            raise ClipError(
                "too-large",
                f"its pictures of {shape[1]}x{shape[0]} take more than {self._max_bytes} bytes in memory "
                f"({most} of them fit): raise --max-clip-gb, or cut the clip before packing",
            )
        grown = np.empty((min(room, most), *shape), np.uint8)
        if stack is not None:
            grown[: len(stack)] = stack
        return grown


def _frozen(array: np.ndarray) -> np.ndarray:
    array.setflags(write=False)
    return array
