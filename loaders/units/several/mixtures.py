"""Mixtures: clips of different speakers that are heard together, all combinations or so many of them.

    rows, as planned    a0 b0 a1 c0 d0 d1          of persons A, B, C and D
    blocks              a0 a1 c0 | b0 d0 d1        one a voice; whoever is in one is in no other
    units               a0b0 a0d0 a0d1 a1b0 ...    one row of each: neighbours share all but the last

Which rows a unit is made of is arithmetic on the blocks: all combinations cost no more than the plan.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.plan.order import window_of
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.several.persons import NOBODY

# As many units as an epoch's order may hold in memory, and as an int64 numbers.
_ALL, _NUMBERS = 50_000_000, 1 << 62


@dataclass(frozen=True)
class Mixtures:
    """The mixtures of `voices` rows of a plan, as a `Deck`. `persons` int32 (N,): whose each row is; a row of nobody
    (-1) is a speaker of its own. `most`: not all combinations but so many, drawn by `seed`, none twice, the same in
    every epoch.

    All rows of a speaker are in one block, so that nobody is mixed with himself; blocks have as equal numbers of rows
    as speakers allow. speech_separation cuts its list of clips into blocks, whoever speaks in them. Raises UsageError
    where there are fewer speakers than voices, or more combinations than an epoch can hold.
    """

    plan: Plan
    persons: np.ndarray
    voices: int = 2
    most: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.combinations > (_ALL if self.most is None else _NUMBERS):
            remedy = "mix fewer" if self.most is not None else "say how many of them an epoch has, as in most=50_000"
            raise UsageError(
                f"{len(self.persons):,} clips make {self.combinations:,} mixtures of {self.voices} voices: {remedy}"
            )

    @property
    def said(self) -> str:
        """Of how many voices, and of how many speakers."""
        return f"mixtures of {self.voices} voices of {len(np.unique(self._speakers)):,} speakers"

    @property
    def combinations(self) -> int:
        """How many mixtures the blocks allow."""
        return math.prod(map(len, self.blocks))

    @cached_property
    def counts(self) -> Sequence[int]:
        """Mixtures whose first voice is of each shard."""
        first = np.searchsorted(self.blocks[0], self.plan.starts) * (self.combinations // len(self.blocks[0]))
        bounds = first if self._drawn is None else np.searchsorted(self._drawn, first)
        return [int(count) for count in np.diff(bounds)]

    @cached_property
    def window(self) -> int:
        """As many as memory holds."""
        rows = sum(int(each.size.sum()) for each in self.plan.extents.values()) / len(self.plan)
        return window_of(self.voices * rows)

    @cached_property
    def digest(self) -> str:
        """Of the plan's rows, and of who is mixed with whom."""
        digest = hashlib.blake2b(f"{self.plan.digest} {self.voices} {len(self)}".encode(), digest_size=16)
        for part in (*self.blocks, *(() if self._drawn is None else (self._drawn,))):
            digest.update(part.tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return self.combinations if self._drawn is None else len(self._drawn)

    def rows(self, units: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """A row of each block: int64 (n, voices)."""
        numbers = units if self._drawn is None else self._drawn[units]
        places = np.unravel_index(numbers, [len(block) for block in self.blocks])
        return np.stack([block[place] for block, place in zip(self.blocks, places, strict=True)], axis=1)

    def units(self, rows: Sequence[int], epoch: int) -> Sequence[int]:
        """The mixture of these rows, one of each block in the blocks' order; none where it was not drawn."""
        number = 0
        for block, row in zip(self.blocks, rows, strict=True):
            place = int(np.searchsorted(block, row))
            if place == len(block) or block[place] != row:
                return []
            number = number * len(block) + place
        if self._drawn is None:
            return [number]
        unit = int(np.searchsorted(self._drawn, number))
        return [unit] if unit < len(self._drawn) and self._drawn[unit] == number else []

    @cached_property
    def blocks(self) -> tuple[np.ndarray, ...]:
        """The rows of each voice, int64, ascending: each speaker, the one with most first, goes to the block that has
        the fewest.
        """
        speakers, owner, rows = np.unique(self._speakers, return_inverse=True, return_counts=True)
        if len(speakers) < self.voices:
            raise UsageError(
                f"mixtures of {self.voices} voices need clips of at least {self.voices} speakers, got {len(speakers)} "
                f"in {len(self.plan):,} rows; `identity` names them, or `faceshards identity` finds them"
            )
        sizes, home = [0] * self.voices, np.empty(len(speakers), np.int64)
        for speaker in np.argsort(-rows, kind="stable").tolist():
            home[speaker] = sizes.index(min(sizes))
            sizes[home[speaker]] += int(rows[speaker])
        return tuple(np.flatnonzero(home[owner] == block) for block in range(self.voices))

    @cached_property
    def _speakers(self) -> np.ndarray:
        """The number of each row's speaker: int64 (N,)."""
        alone = np.arange(len(self.persons)) + int(self.persons.max(initial=NOBODY)) + 1
        return np.where(self.persons == NOBODY, alone, self.persons)

    @cached_property
    def _drawn(self) -> np.ndarray | None:
        """The numbers of the combinations that there are, int64 (n,), ascending; None: all."""
        if self.most is None or self.most >= self.combinations:
            return None
        random = np.random.Philox(key=np.array([self.seed, self.combinations], np.uint64))
        if self.combinations <= 4 * self.most:
            return np.sort(np.argsort(random.random_raw(self.combinations), kind="stable")[: self.most])
        found: dict[int, None] = {}
        while len(found) < self.most:
            for raw in random.random_raw(self.most - len(found)).tolist():
                found.setdefault(raw % self.combinations)
        return np.sort(np.fromiter(found, np.int64, self.most))
