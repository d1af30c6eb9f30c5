"""Rows of any frames, brought to frames: which row stands at which place of which frame."""

from __future__ import annotations

import re

import numpy as np

from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import Column
from faceshards.viewer.drawing.sample import ShownSample

#: A column of more bytes is not drawn: it would fill the memory of a page.
MOST_BYTES = 256 << 20
#: Rows of one frame (faces, persons) that are drawn.
MOST_ROWS = 64
#: Frames of one answer, and numbers in it.
MOST_FRAMES, MOST_NUMBERS = 1024, 4 << 20


def read_column(sample: ShownSample, name: str) -> object:
    """The value of a column. Raises UsageError for one that is too large, ClipError `bad-column` for one that is
    empty.
    """
    size = sample.shard.extent(sample.row, name).size if sample.shard.has(name) else 0
    if size > MOST_BYTES:
        raise UsageError(f"{name} has {size:,} bytes: it is not drawn, as a page holds {MOST_BYTES:,}")
    value = sample.shard.get(sample.row, name) if size and sample.shard.filled(sample.row, name) else None
    if value is None:
        raise ClipError("bad-column", f"{name} has no value here")
    return value


def numbers(sample: ShownSample, column: Column) -> np.ndarray:
    """The values of a column of numbers, of the axes that the format says. Raises ClipError `bad-column`."""
    values = np.asarray(read_column(sample, column.name))
    axes = axes_of(column)
    sizes = [int(one) if one.isdecimal() else None for one in axes]
    fits = values.ndim == len(axes) and all(
        want in (None, have) for want, have in zip(sizes, values.shape, strict=True)
    )
    if values.dtype.kind not in "biuf" or not fits:
        raise ClipError("bad-column", f"{column.name} is {values.dtype} {values.shape}, not {column.shape}")
    return values


def axes_of(column: Column) -> list[str]:
    """The names and sizes of the axes: `(R, 68, 2)` -> R, 68, 2."""
    return re.findall(r"[^(), ]+", column.shape)


def frames_of(sample: ShownSample, column: Column, rows: int) -> np.ndarray:
    """The frame of each row, int64 (rows,). Raises ClipError `bad-column` where they are not of one length."""
    if not column.frame:
        return np.arange(rows)
    frames = np.asarray(read_column(sample, column.frame))
    if frames.dtype.kind not in "iu" or frames.shape != (rows,):
        raise ClipError("bad-column", f"{column.frame} is {frames.dtype} {frames.shape}, {column.name} has {rows} rows")
    return frames.astype(np.int64)


def by_frame(values: np.ndarray, frames: np.ndarray, first: int, count: int, name: str) -> np.ndarray:
    """Values (R, k, c) of rows of `frames` int64 (R,) as float32 (count, m k, c) for frames `first` to `first + count`:
    m is how many rows the fullest of these frames has; NaN where a frame has fewer.

    Raises UsageError for what is too much to be drawn.
    """
    if not 0 < count <= MOST_FRAMES or first < 0:
        raise UsageError(f"first={first}, count={count}: give frames from 0 on, 1 to {MOST_FRAMES} of them")
    there = np.flatnonzero((frames >= first) & (frames < first + count))
    there = there[np.argsort(frames[there], kind="stable")]
    at = frames[there] - first
    begins = np.searchsorted(at, at, side="left")
    place = np.arange(len(at)) - begins
    most = int(place.max()) + 1 if len(place) else 1
    _, group, width = values.shape
    if most > MOST_ROWS or count * most * group * width > MOST_NUMBERS:
        raise UsageError(f"{name} has up to {most:,} rows of {group:,} points in a frame: too many to be drawn")
    spread = np.full((count, most, group, width), np.nan, np.float32)
    spread[at, place] = values[there]
    return spread.reshape(count, most * group, width)
