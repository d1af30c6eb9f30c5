"""What a sample says of its frames, by the column table alone: boxes, points, numbers over time.

Coordinates are pixels of the clip's upright frames; frames count from 0.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS, PIXELS, Column

#: Most numbers of a frame that are series of their own; more of them are features, no scores.
MOST_NUMBERS = 16


@dataclass(frozen=True)
class FrameBoxes:
    """Boxes of one kind: `frames` and `tracks` int64 (n,), `boxes` float64 (n, 4), x1 y1 x2 y2; `scores` float64 (n,).
    A kind that is not followed, or not scored, has None there.
    """

    name: str
    frames: np.ndarray
    boxes: np.ndarray
    tracks: np.ndarray | None = None
    scores: np.ndarray | None = None


@dataclass(frozen=True)
class FramePoints:
    """Points of one kind: `frames` int64 (n,), `points` float64 (n, P, 2), NaN where one was not found; `scores`
    float64 (n, P), or None.
    """

    name: str
    frames: np.ndarray
    points: np.ndarray
    scores: np.ndarray | None = None


@dataclass(frozen=True)
class FrameSeries:
    """A number a frame, or a frame and track: `frames`, `tracks` int64 (n,), `values` float64 (n,)."""

    name: str
    frames: np.ndarray
    values: np.ndarray
    tracks: np.ndarray | None = None


def boxes_of(shard: Shard, row: int) -> Iterator[FrameBoxes]:
    """All boxes of a sample, faces first. Raises ClipError `bad-column`, ColumnError."""
    if faces := _faces(shard, row):
        frames, tracks = (np.asarray(faces[name], np.int64) for name in ("frame", "track"))
        boxes, scores = (np.asarray(faces[name], np.float64) for name in ("box", "score"))
        yield FrameBoxes("faces", frames, boxes.reshape(-1, 4), tracks, scores)
    for column in _filled(shard, row):
        if column.space == PIXELS and _axes(column)[1:] == ["4"]:
            frames, values = _rows(shard, row, column)
            yield FrameBoxes(_stem(column), frames, values)


def points_of(shard: Shard, row: int) -> Iterator[FramePoints]:
    """All points of a sample. Raises ClipError `bad-column`, ColumnError."""
    if faces := _faces(shard, row):
        points = np.asarray(faces["points"], np.float64).reshape(-1, 5, 2)
        yield FramePoints("face_points", np.asarray(faces["frame"], np.int64), points)
    for column in _filled(shard, row):
        axes = _axes(column)
        if column.space != PIXELS or len(axes) < 3 or axes[-1] not in ("2", "3") or axes[1:] == ["2", "3"]:
            continue
        frames, values = _rows(shard, row, column)
        flat = values.reshape(len(values), -1, int(axes[-1]))[..., :2].copy()
        flat[(flat == 0).all(axis=2)] = np.nan  # which points that were not found hold
        scores = COLUMNS.get(f"{_stem(column)}_score.npy")
        known = _rows(shard, row, scores)[1] if scores and shard.filled(row, scores.name) else None
        yield FramePoints(_stem(column), frames, flat, known if known is None or known.ndim == 2 else None)


def series_of(shard: Shard, row: int) -> Iterator[FrameSeries]:
    """All that is a number or a few for each frame. Raises ClipError `bad-column`, ColumnError."""
    for column in _filled(shard, row):
        axes = _axes(column)
        if column.space == PIXELS or len(axes) > 2 or not column.dtype.startswith("float"):
            continue
        if len(axes) == 2 and not (axes[1].isdigit() and int(axes[1]) <= MOST_NUMBERS):
            continue
        frames, values = _rows(shard, row, column)
        table = values.reshape(len(values), -1)
        tracks = f"{_stem(column)}_track.npy"
        of_tracks = np.asarray(shard.get(row, tracks), np.int64) if shard.has(tracks) else None
        for number in range(table.shape[1]):
            name = _stem(column) if len(axes) == 1 else f"{_stem(column)}_{number}"
            yield FrameSeries(name, frames, table[:, number], of_tracks)


def _faces(shard: Shard, row: int) -> dict[str, Any] | None:
    return shard.get(row, "faces.msg") if shard.has("faces.msg") and shard.filled(row, "faces.msg") else None


def _filled(shard: Shard, row: int) -> Iterator[Column]:
    """The columns with a row for each frame, or for some, that have a value in this sample."""
    for column in COLUMNS.values():
        is_rows = column.codec == "npy" and column.unit != "frames" and _axes(column)[:1] in (["R"], ["N"])
        if is_rows and shard.has(column.name) and shard.filled(row, column.name):
            yield column


def _rows(shard: Shard, row: int, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """The frame of each row, int64 (n,), and the rows, float64 (n, ...)."""
    values = np.asarray(shard.get(row, column.name))
    if values.ndim != len(_axes(column)) or values.dtype.kind not in "biuf":
        raise ClipError("bad-column", f"{column.name} is {column.shape}, this one is {values.dtype} {values.shape}")
    if not column.frame:
        return np.arange(len(values)), values.astype(np.float64)
    frames = np.asarray(shard.get(row, column.frame), np.int64).reshape(-1)
    if len(frames) != len(values):
        raise ClipError("bad-column", f"{column.frame} has {len(frames)} rows, {column.name} {len(values)}")
    return frames, values.astype(np.float64)


def _axes(column: Column) -> list[str]:
    return re.findall(r"[^(), ]+", column.shape)


def _stem(column: Column) -> str:
    return column.name.removesuffix(".npy")
