"""Windows that stand one behind the other in a row: each is a unit."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceshards.loaders.plan.plan import Plan

#: What the plan holds of each row beside the index's scalars: the number of its first window, and how many it has.
FIRST_WINDOW, WINDOWS = "first window", "windows"


@dataclass(frozen=True)
class Consecutive:
    """A `Deck` of the windows of a plan's rows, row after row. `said`: what they are."""

    plan: Plan
    said: str

    @cached_property
    def _starts(self) -> np.ndarray:
        """The first window of each row, and how many there are: int64 (rows + 1,)."""
        return np.cumsum([0, *self.plan.scalars[WINDOWS]]).astype(np.int64)

    @property
    def counts(self) -> Sequence[int]:
        """Windows of each shard."""
        return np.diff(self._starts[self.plan.starts]).tolist()

    @property
    def window(self) -> int:
        """The plan's."""
        return self.plan.window

    @property
    def digest(self) -> str:
        """The plan's, and how many windows each row has."""
        windows = self.plan.scalars[WINDOWS].astype("<i8").tobytes()
        return hashlib.blake2b(self.plan.digest.encode() + windows, digest_size=16).hexdigest()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def rows(self, units: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """The row of each window: int64 (n, 1)."""
        return np.searchsorted(self._starts, units, side="right")[:, None] - 1

    def units(self, rows: Sequence[int], epoch: int) -> Sequence[int]:
        """All windows of the row."""
        return range(int(self._starts[rows[0]]), int(self._starts[rows[0] + 1]))
