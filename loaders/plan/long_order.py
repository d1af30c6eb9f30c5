"""The order of an epoch that has more units than memory should hold: the same as `epoch_order` gives, a window at a
time.

A lane's windows are short, and what shuffles them is a counter's raw stream, in which any place can be gone to: so a
position's unit is found without those before it. In memory are the blocks of neighbours, and the windows at work.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

import numpy as np

from faceshards.loaders.plan.order import LANES, WINDOW, epoch_order, lane_bounds, shuffled_blocks, stream, window_at

# Units whose order is held as a whole, 16 MB.
_HELD = 1 << 21
# Windows that are held: those that the lanes are at, and those that are read ahead.
_WINDOWS = 4 * LANES
# Raw numbers that a step of Philox gives.
_STEP = 4


class Numbers(Protocol):
    """Numbers at positions, such as those of an array."""

    def __len__(self) -> int: ...
    def __getitem__(self, positions: np.ndarray) -> np.ndarray: ...


class Straight:
    """At each position the position itself: units as they stand."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, positions: np.ndarray) -> np.ndarray:
        return positions


def ordered(counts: Sequence[int], *, seed: int, epoch: int, window: int = WINDOW) -> Numbers:
    """The unit at each position of an epoch, as `epoch_order`: held where it is short, else found when it is asked
    for.
    """
    if sum(counts) <= _HELD:
        return epoch_order(counts, seed=seed, epoch=epoch, window=window)
    return LongOrder(counts, seed=seed, epoch=epoch, window=window)


class LongOrder:
    """The unit at any position of an epoch's order."""

    def __init__(
        self, counts: Sequence[int], *, seed: int, epoch: int, lanes: int = LANES, window: int = WINDOW
    ) -> None:
        self._lanes, self._window, self._stream = lanes, window, (seed, epoch)
        starts, lengths = shuffled_blocks(counts, stream(seed, epoch), lanes, window)
        ends = np.cumsum(lengths, out=lengths)
        narrow = np.min_scalar_type(-1 - sum(counts))  # of 10^7 pairs a million blocks; uint64 and int64 add to float64
        self._starts, self._ends = starts.astype(narrow), ends.astype(narrow)
        self._bounds = lane_bounds(len(self), lanes)
        self._windows = lru_cache(_WINDOWS)(self._made)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, positions: np.ndarray) -> np.ndarray:
        """The units at some positions, int64 (n,)."""
        places, lane = np.divmod(positions, self._lanes)
        number, at = np.divmod(places, self._window)
        units = np.empty(len(positions), np.int64)
        both = lane * (len(self) + 1) + number
        for one in np.unique(both):
            here = both == one
            units[here] = self._windows(*(int(n) for n in divmod(one, len(self) + 1)))[at[here]]
        return units

    def _made(self, lane: int, number: int) -> np.ndarray:
        """A window of a lane, shuffled."""
        start = int(self._bounds[lane]) + number * self._window
        stop = min(start + self._window, int(self._bounds[lane + 1]))
        sequence = np.arange(start, stop)
        block = np.searchsorted(self._ends, sequence.astype(self._ends.dtype), side="right")
        firsts = np.where(block > 0, self._ends[block - 1], 0)
        before = len(self._ends) + start
        random = stream(*self._stream)
        random.advance(before // _STEP)
        keys = random.random_raw(before % _STEP + len(sequence))[before % _STEP :]
        return window_at(self._starts[block] + (sequence - firsts), keys)

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_windows"}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self._windows = lru_cache(_WINDOWS)(self._made)
