"""Which dataset of a mixture has which position, and which of its rows stands there: shares that hold in every part of
an epoch, in every lane.

    circle   |--- data set 0 ---|--- 1 ---|-- 2 --|      cut into arcs as long as the shares
    position p points to p * STEP (+ a turn): the dataset whose arc that is has the position

Multiples of an irrational number fill a circle evenly, however few or many (Weyl), and so does every 48th of them: so
each run of positions holds each dataset within a row or two of its share, and each lane does, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from faceshards.loaders.plan.order import LANES

#: In 2^-64 of a turn, so that numpy's whole numbers wrap as the circle does. A lane, which has every 48th position,
#: steps by the golden ratio 0.618..., whose multiples lie more evenly than those of any other number. Of the 48 steps
#: that do so this one also keeps neighbours even, and each rank's positions (every 2nd, 3rd, 4th, ...).
STEP = np.uint64(round((27 + (5**0.5 - 1) / 2) / LANES * 2**64))


def sources(counts: Sequence[int], weights: Sequence[float], turn: int) -> np.ndarray:
    """The number of the dataset at each position: int64 (sum of `counts`,).

    Each dataset comes as often as `counts` says, by its weight as long as it lasts; the others then share what it
    leaves. `turn`, in 2^-64 of a turn, is where the circle begins.
    """
    steps = np.arange(sum(counts), dtype=np.uint64) * STEP + np.uint64(turn)
    found = np.empty(len(steps), np.int64)
    for before, after in pairwise(_ends(np.asarray(counts), np.asarray(weights))):
        part = slice(int(before.sum()), int(after.sum()))
        found[part][np.argsort(steps[part], kind="stable")] = np.repeat(np.arange(len(counts)), after - before)
    return found


def rows_at(positions: np.ndarray, count: int) -> np.ndarray:
    """Which of a dataset's rows 0 .. count - 1 stands at each of its positions (ascending): int64 (count,).

    Lane l of the mixture reads lane l of the dataset, row after row; only where one has a row or two more than the
    other, the last ones are taken from other lanes.
    """
    lane = positions % LANES
    by_lane = np.argsort(lane, kind="stable")
    first = np.searchsorted(lane[by_lane], lane[by_lane])
    rows = np.empty(count, np.int64)
    rows[by_lane] = lane[by_lane] + LANES * (np.arange(count) - first)
    late = rows >= count
    rows[late] = np.setdiff1d(np.arange(count), rows[~late], assume_unique=True)
    return rows


def _ends(counts: np.ndarray, weights: np.ndarray) -> list[np.ndarray]:
    """Rows of each dataset at the start and when one has ended after the other: int64 (datasets,) each."""
    times = np.unique(counts / weights)
    ends = [np.minimum(counts, np.rint(time * weights).astype(np.int64)) for time in times[:-1]]
    return [np.zeros_like(counts), *ends, counts]
