"""Columns that go by frames, cut to a window's frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceshards.errors import ColumnError
from faceshards.shards.schema.columns import COLUMNS

# The unit of columns that hold frame numbers.
_NUMBERS = "frames"


def companions(columns: Sequence[str]) -> list[str]:
    """The columns of frame numbers that cutting these columns needs."""
    return list(dict.fromkeys(COLUMNS[name].frame for name in columns if name in COLUMNS and COLUMNS[name].frame))


def by_frame(column: str, per_frame: Sequence[str]) -> bool:
    """Whether a column's first axis is the clip's frames."""
    return column in per_frame or (column in COLUMNS and COLUMNS[column].shape.startswith("(N"))


def cut(column: str, value: Any, frames: np.ndarray, sample: Mapping[str, Any], per_frame: Sequence[str]) -> Any:
    """A column's value for the frames int64 (T,) of a window; a column that does not go by frames stays as it is.

    Rows are given in the order of the window's frames; frame numbers count from 0 within the window. `sample` holds the
    companions. Raises ColumnError where the clip's frames and the column's do not agree.
    """
    if value is None:
        return None
    known = COLUMNS.get(column)
    if known is not None and known.frame:
        if len(value) != len(sample[known.frame]):
            raise ColumnError(
                f"{column} has {len(value)} rows and {known.frame} {len(sample[known.frame])}: "
                "one was made anew without the other: curate again with --follow"
            )
        rows, _ = _rows(np.asarray(sample[known.frame]), frames)
        return np.asarray(value)[rows]
    if known is not None and known.unit == _NUMBERS:
        return _rows(np.asarray(value), frames)[1]
    if by_frame(column, per_frame):
        if len(value) <= frames[-1]:
            raise ColumnError(f"{column} has {len(value)} rows: the window ends at frame {frames[-1]}")
        return np.asarray(value)[frames]
    if isinstance(value, dict) and "frame" in value:
        return _cut_map(value, frames)
    return value


def _cut_map(value: dict[str, Any], frames: np.ndarray) -> dict[str, Any]:
    """A map of lists that go by rows, `frame` among them (`faces.msg`)."""
    count = len(value["frame"])
    rows, numbers = _rows(np.asarray(value["frame"], np.int64), frames)
    kept = {
        name: [one[row] for row in rows] if isinstance(one, list) and len(one) == count and name != "size" else one
        for name, one in value.items()
    }
    return kept | {"frame": numbers.tolist(), **({"frames": len(frames)} if "frames" in value else {})}


def _rows(frame: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which rows, of the frames `frame` int64 (R,), ascending, belong to the window's frames, and to which of them."""
    first, last = np.searchsorted(frame, frames, side="left"), np.searchsorted(frame, frames, side="right")
    rows = [np.arange(a, b) for a, b in zip(first, last, strict=True)]
    return np.concatenate(rows), np.repeat(np.arange(len(frames)), last - first)
