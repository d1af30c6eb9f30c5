"""Pairs of rows of one person: a sound's and a picture's, which may stand in different shards.

    rows, as planned    s0 p0 s1 p1 p2 s2 ...          s: has a sound's array, p: a picture's, of persons A and B
    sounds              A: s0 s1   B: s2               in the plan's order, each as often as its person has pictures
    units               s0p0 s0p2 s1p0 s1p2 s2p1       all: sound after sound, so that neighbours share theirs

Which two rows a unit is made of is arithmetic on these lists, which are as long as the plan: 10^9 pairs cost no more.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from faceshards.errors import UsageError
from faceshards.loaders.plan.order import window_of
from faceshards.loaders.plan.plan import Plan

#: Which pairs of a person's sounds s1, s2, ... and pictures p1, p2, ... are drawn: all of them; s1 with p1, s2 with p2,
#: ... while there are both; each sound with p1; each sound once, with a picture that the epoch draws.
Policy = Literal["all", "one-to-one", "all-to-one", "random"]


@dataclass(frozen=True)
class Pairs:
    """The pairs of a plan, as a `Deck`. `persons` int32 (N,): of each row, -1 of nobody; `sounds` and `pictures`: the
    columns that make a row a sound, or a picture; both may be in one row. `first`: of each person's sounds only so
    many.
    """

    plan: Plan
    persons: np.ndarray
    sounds: str
    pictures: str
    policy: Policy = "all"
    first: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if not len(self):
            raise UsageError(
                f"no person has both a sound ({self.sounds}) and a picture ({self.pictures}): of {len(self.plan)} rows "
                f"{int(self._is(self.sounds).sum())} are sounds and {int(self._is(self.pictures).sum())} pictures of "
                f"named persons; `identity` names them, within its `collection`"
            )

    @property
    def said(self) -> str:
        """Pairs of how many persons, and which."""
        return f"pairs of {len(np.unique(self.persons[self._sounds])):,} persons ({self.policy})"

    @cached_property
    def counts(self) -> Sequence[int]:
        """Pairs of the sounds of each shard."""
        return [int(count) for count in np.diff(self._starts[np.searchsorted(self._sounds, self.plan.starts)])]

    @cached_property
    def window(self) -> int:
        """As many as memory holds, where neighbours share their sound."""
        size = sum(int(self.plan.extents[name].size.sum()) for name in (self.sounds, self.pictures))
        return window_of(size / len(self))

    @cached_property
    def digest(self) -> str:
        """Of the plan's rows, and of who they are."""
        said = f"{self.plan.digest} {self.policy} {self.first}".encode()
        digest = hashlib.blake2b(said, digest_size=16)
        for part in (self._sounds, self._starts, self._pictures):
            digest.update(part.tobytes())
        return digest.hexdigest()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, units: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """The row of the sound, and that of the picture: int64 (n, 2)."""
        sound = np.searchsorted(self._starts, units, side="right") - 1
        person = self.persons[self._sounds[sound]]
        picture = self._lists[person] + self._which(units, sound, person, epochs)
        return np.stack([self._sounds[sound], self._pictures[picture]], axis=1)

    def units(self, rows: Sequence[int], epoch: int) -> Sequence[int]:
        """The pair of a sound's row and a picture's, where the epoch has it."""
        sound = int(np.searchsorted(self._sounds, rows[0]))
        if sound == len(self._sounds) or self._sounds[sound] != rows[0]:
            return []
        units = np.arange(self._starts[sound], self._starts[sound + 1])
        return units[self.rows(units, np.full(len(units), epoch))[:, 1] == rows[1]].tolist()

    def _which(self, units: np.ndarray, sound: np.ndarray, person: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """Which of the person's pictures each unit has."""
        if self.policy == "all":
            return units - self._starts[sound]
        if self.policy == "one-to-one":
            return self._ranks[self._sounds[sound]]
        if self.policy == "all-to-one":
            return np.zeros_like(units)
        return _drawn(units, epochs, self.seed, self._many[person])

    def _is(self, column: str) -> np.ndarray:
        """Which rows have a column, and a person: bool (N,)."""
        extents = self.plan.extents.get(column)
        return np.zeros(len(self.plan), bool) if extents is None else extents.filled & (self.persons >= 0)

    @cached_property
    def _pictures(self) -> np.ndarray:
        """The rows of pictures, person after person."""
        rows = np.flatnonzero(self._is(self.pictures))
        return rows[np.argsort(self.persons[rows], kind="stable")]

    @cached_property
    def _many(self) -> np.ndarray:
        """Pictures of each person."""
        return np.bincount(self.persons[self._pictures], minlength=int(self.persons.max(initial=-1)) + 1)

    @cached_property
    def _lists(self) -> np.ndarray:
        """Where each person's pictures begin in `_pictures`."""
        return np.cumsum(self._many) - self._many

    @cached_property
    def _ranks(self) -> np.ndarray:
        """Of each row that is a sound, which of its person's it is, from 0: int64 (N,)."""
        rows = np.flatnonzero(self._is(self.sounds))
        order = np.argsort(self.persons[rows], kind="stable")
        persons = self.persons[rows][order]
        ranks = np.zeros(len(self.plan), np.int64)
        ranks[rows[order]] = np.arange(len(rows)) - np.searchsorted(persons, persons)
        return ranks

    @cached_property
    def _sounds(self) -> np.ndarray:
        """The rows of the sounds that are in a pair, ascending."""
        rows = np.flatnonzero(self._is(self.sounds))
        rows = rows[self._many[self.persons[rows]] > 0] if len(self._many) else rows[:0]
        if self.first is None and self.policy != "one-to-one":
            return rows
        most = len(self.plan) if self.first is None else self.first
        limits = np.minimum(most, self._many[self.persons[rows]]) if self.policy == "one-to-one" else most
        return rows[self._ranks[rows] < limits]

    @cached_property
    def _starts(self) -> np.ndarray:
        """The first unit of each sound, and the number of units."""
        starts = np.arange(len(self._sounds) + 1)
        if self.policy == "all":
            np.cumsum(self._many[self.persons[self._sounds]], out=starts[1:])
        return starts


def _drawn(units: np.ndarray, epochs: np.ndarray, seed: int, counts: np.ndarray) -> np.ndarray:
    """A number below its count for each unit in its epoch: int64 (n,); by splitmix64 (Steele et al. 2014), whose rounds
    any numpy repeats.
    """
    state = np.full(len(units), seed, np.uint64)
    for part in (epochs, units):
        state = (state ^ part.astype(np.uint64)) + np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
        state ^= state >> np.uint64(31)
    return (state % counts.astype(np.uint64)).astype(np.int64)
