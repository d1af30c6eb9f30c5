"""Which rows of a large array are near each other: block by block, so that memory stays flat."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.jobs.progress import Advance

#: Neighbours that are kept of a row, the nearest: what is dense is told by few.
MOST = 128
# Distances that are held at a time.
_BLOCK = 1 << 24


@dataclass(frozen=True)
class NearPairs:
    """Pairs of rows, `first` < `second`, int64 (P,), each once, and how far `apart` they are, float64 (P,)."""

    first: np.ndarray
    second: np.ndarray
    apart: np.ndarray

    def chosen(self, kept: np.ndarray, apart: np.ndarray | None = None) -> NearPairs:
        """Some of the pairs, bool (P,)."""
        return NearPairs(self.first[kept], self.second[kept], (self.apart if apart is None else apart)[kept])


def near_pairs(
    rows: np.ndarray, reach: float = 1.0, most: int = MOST, advance: Advance = lambda done, known: None
) -> NearPairs:
    """Pairs of rows, float32 (n, D), less than `reach` apart (Euclidean): of each row its `most` nearest.

    Every row is compared with every other, by matrix products: n^2 D multiplications.
    """
    squares, count = np.square(rows).sum(axis=1), len(rows)
    step = max(1, _BLOCK // max(1, count))
    found: list[np.ndarray] = [np.zeros((0, 2), np.int64)]
    for start in range(0, count, step):
        here = rows[start : start + step]
        apart = squares[start : start + step, None] + squares - 2 * (here @ rows.T)
        apart[np.arange(len(here)), start + np.arange(len(here))] = np.inf
        found.append(_nearest(apart, reach * reach * 1.001, most) + np.array([start, 0]))
        advance(min(count, start + step), count)
    pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
    apart = np.concatenate(
        [np.zeros(0), *(_exact(rows, part) for part in np.array_split(pairs, 1 + len(pairs) // step))]
    )
    kept = apart < reach
    return NearPairs(pairs[kept, 0], pairs[kept, 1], apart[kept])


def _nearest(squares: np.ndarray, limit: float, most: int) -> np.ndarray:
    """(row, column) of the `most` smallest of each row below the limit: int64 (P, 2)."""
    near = squares < limit
    for row in np.flatnonzero(near.sum(axis=1) > most):
        near[row] &= squares[row] <= np.partition(squares[row], most - 1)[most - 1]
    return np.argwhere(near)


def _exact(rows: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """How far pairs of rows are apart: a difference of squares is not exact where they are near."""
    return np.linalg.norm(rows[pairs[:, 0]].astype(np.float64) - rows[pairs[:, 1]], axis=1)
