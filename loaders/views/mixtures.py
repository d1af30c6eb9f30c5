"""Which clips are mixed with which: one of each block of speakers, all combinations or so many of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceshards.errors import UsageError


@dataclass(frozen=True)
class Mixtures:
    """Mixture u is of one clip of each block. `blocks`: the clips' rows, int64 (clips,) each; `chosen`: of all
    combinations the numbers of those that there are, int64 (mixtures,) ascending, or None: all.
    """

    blocks: tuple[np.ndarray, ...]
    chosen: np.ndarray | None = None

    @classmethod
    def of(cls, speakers: Sequence[str], voices: int, most: int | None = None, seed: int = 0) -> Mixtures:
        """Mixtures of `voices` clips, of whose rows each has a speaker; at most `most`, drawn by the seed without
        repeats.

        All clips of a speaker are in one block, so that nobody is mixed with himself: speech_separation cuts its list
        of clips into blocks, whoever speaks in them. The blocks have as equal numbers of clips as speakers allow.
        Raises UsageError where there are fewer speakers than voices.
        """
        blocks = _blocks(speakers, voices)
        combinations = math.prod(map(len, blocks))
        if combinations > (_ALL if most is None else _NUMBERS):
            remedy = "say how many of them an epoch has, as in most=50_000" if most is None else "mix fewer voices"
            raise UsageError(f"{len(speakers)} clips make {combinations:,} mixtures of {voices} voices: {remedy}")
        if most is None or most >= combinations:
            return cls(blocks)
        return cls(blocks, _drawn(combinations, most, seed))

    def __len__(self) -> int:
        return math.prod(map(len, self.blocks)) if self.chosen is None else len(self.chosen)

    def rows(self, mixture: int) -> tuple[int, ...]:
        """The clips of a mixture, one of each block; of neighbouring mixtures all but the last are mostly the same."""
        number = mixture if self.chosen is None else int(self.chosen[mixture])
        found = []
        for block in reversed(self.blocks):
            number, at = divmod(number, len(block))
            found.append(int(block[at]))
        return tuple(reversed(found))


# As many as an epoch's order may hold in memory, and as an int64 numbers.
_ALL, _NUMBERS = 50_000_000, 1 << 62


def _blocks(speakers: Sequence[str], voices: int) -> tuple[np.ndarray, ...]:
    """Each speaker, the one with most clips first, goes to the block that has the fewest clips."""
    names, owner, clips = np.unique(
        np.asarray(speakers, dtype=object).astype(str), return_inverse=True, return_counts=True
    )
    if len(names) < voices:
        raise UsageError(f"mixtures of {voices} voices need clips of at least {voices} speakers, got {len(names)}")
    sizes, home = [0] * voices, np.empty(len(names), np.int64)
    for name in np.argsort(-clips, kind="stable").tolist():
        home[name] = sizes.index(min(sizes))
        sizes[home[name]] += int(clips[name])
    return tuple(np.flatnonzero(home[owner] == block) for block in range(voices))


def _drawn(combinations: int, most: int, seed: int) -> np.ndarray:
    """`most` different numbers below `combinations`, ascending."""
    random = np.random.Philox(key=np.array([seed, combinations], np.uint64))
    if combinations <= 4 * most:
        return np.sort(np.argsort(random.random_raw(combinations), kind="stable")[:most])
    found: dict[int, None] = {}
    while len(found) < most:
        for raw in random.random_raw(most - len(found)).tolist():
            found.setdefault(raw % combinations)
    return np.sort(np.fromiter(found, np.int64, most))
