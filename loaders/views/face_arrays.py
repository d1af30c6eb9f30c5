"""The arrays of a face, whichever column holds them: one a sample, or a row a track, or a row a frame."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError


def embedding_of(column: str, value: Any) -> np.ndarray:
    """The embedding float32 (E,) in a column's value: that, or the mean of its rows, where it has one a track, as
    `identity.npy` has. Raises ColumnError for what is none, ClipError `no-face` where there is no row.
    """
    array = _array(column, value, (1, 2), "embedding (E,) or (tracks, E)")
    return np.asarray(array if array.ndim == 1 else array.mean(axis=0), np.float32)


def landmarks_of(column: str, value: Any) -> np.ndarray:
    """The landmarks float32 (2 P,) in a column's value, x and y in turns: those, or the first of its rows (R, P, 2), as
    `points72.npy` has one a frame. Raises as `embedding_of`.
    """
    array = _array(column, value, (1, 3), "landmarks (2 P,) or (rows, P, 2)")
    return np.asarray(array if array.ndim == 1 else array[0].reshape(-1), np.float32)


def _array(column: str, value: Any, axes: tuple[int, int], what: str) -> np.ndarray:
    if not isinstance(value, np.ndarray) or value.ndim not in axes:
        raise ColumnError(f"{column} holds no {what}: name another column")
    if not value.size:
        raise ClipError("no-face", f"{column} has no row: no face was found")
    return value
