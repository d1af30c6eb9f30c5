"""Per-frame rows, ragged or not, laid flat: all rows behind one another, and the frame of each.

    frames      0: two people   1: nobody   2: one
    rows        r0  r1          -           r2          (R, ...)
    frame       0   0                       2           (R,), ascending

MegActor v1 wrote one array (N, P, ...); where the number of people varied, numpy before 1.24 made that an array of
objects. Sigma wrote a list of N arrays (P, ...). Flat rows hold all three with one meaning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import ColumnError


@dataclass(frozen=True)
class RaggedRows:
    """`rows` (R, *tail) of floats, `frame` int64 (R,) ascending, and the clip's frames, of which some may be bare."""

    rows: np.ndarray
    frame: np.ndarray
    frames: int

    @property
    def counts(self) -> np.ndarray:
        """Rows of each frame, int64 (frames,)."""
        return np.bincount(self.frame, minlength=self.frames)


def flat(value: Any, tail: tuple[int, ...], what: str) -> RaggedRows:
    """The rows of an array (N, P, *tail) or of a list of N arrays (P, *tail). Raises ColumnError for anything else.

    An array (N, 0), which v1 wrote where nobody was found in the whole clip, holds no row.
    """
    if isinstance(value, np.ndarray) and value.ndim == 2 and not value.shape[1]:
        value = value.reshape(len(value), 0, *tail)
    each: Sequence[np.ndarray] = value if isinstance(value, list) else [value[i] for i in range(_length(value, what))]
    each = [_empty(tail) if _is_bare(one) else one for one in each]
    for one in each:
        if (
            not isinstance(one, np.ndarray)
            or one.dtype.kind != "f"
            or one.shape[1:] != tail
            or one.ndim != len(tail) + 1
        ):
            rule = f"must be floats (people, {', '.join(map(str, tail))})"
            raise ColumnError(f"a frame of {what} {rule}, got {_shown(one)}")
    counts = [len(one) for one in each]
    rows = np.concatenate(each) if each else _empty(tail)
    return RaggedRows(rows, np.repeat(np.arange(len(each), dtype=np.int64), counts), len(each))


def as_array(rows: RaggedRows) -> np.ndarray | list[np.ndarray]:
    """The array (N, P, *tail) of v1; a list of arrays where P varies, since an array would be one of objects."""
    counts = rows.counts
    if len(set(counts.tolist())) > 1:
        return as_list(rows)
    people = int(counts[0]) if rows.frames else 0
    if not people:
        return np.zeros((rows.frames, 0), rows.rows.dtype)
    return rows.rows.reshape(rows.frames, people, *rows.rows.shape[1:])


def as_list(rows: RaggedRows) -> list[np.ndarray]:
    """The list of N arrays (P, *tail) of Sigma."""
    ends = np.cumsum(rows.counts)
    return [rows.rows[end - count : end] for end, count in zip(ends, rows.counts, strict=True)]


def _length(value: Any, what: str) -> int:
    if not isinstance(value, np.ndarray) or not value.ndim:
        raise ColumnError(f"{what} must be an array or a list of arrays, a row a frame, got {_shown(value)}")
    return len(value)


def _is_bare(one: Any) -> bool:
    return isinstance(one, np.ndarray) and one.ndim == 1 and not one.size


def _empty(tail: tuple[int, ...]) -> np.ndarray:
    return np.zeros((0, *tail), np.float32)


def _shown(value: Any) -> str:
    return f"{value.dtype} {value.shape}" if isinstance(value, np.ndarray) else type(value).__name__
