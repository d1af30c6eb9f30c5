"""Rows through a network that runs at one batch shape, by a caller that has them all at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np


def in_batches(run: Callable[..., Sequence[np.ndarray]], batch: int, *rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """What `run` gives for some rows, one or more, `batch` at a time: the last batch is filled with its last row, so
    that a row's result is the same in any company.
    """
    found = []
    for start in range(0, len(rows[0]), batch):
        part = [one[start : start + batch] for one in rows]
        count = len(part[0])
        full = [np.concatenate([one, np.repeat(one[-1:], batch - count, axis=0)]) for one in part]
        found.append([np.asarray(one[:count]) for one in run(*full)])
    return tuple(np.concatenate(column) for column in zip(*found, strict=True))
