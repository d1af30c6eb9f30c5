"""What stages made of a clip beside videos, drawn by what the column table says: points on the clip's frames, numbers a
frame as lines over time, all other numbers as a map.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceshards.errors import ClipError
from faceshards.shards.schema.columns import COLUMNS, PIXELS, Column
from faceshards.viewer.drawing.drawing import Picture
from faceshards.viewer.drawing.plots import heat, lines
from faceshards.viewer.drawing.sample import ShownSample

#: Numbers a frame that are drawn as lines; more of them are a map.
MOST_LINES = 6
#: So many are bands, each on a scale of its own.
MOST_BANDS = 16
# Who brings columns that are shown by themselves, or not at all.
_ELSEWHERE, _SHOWN = ("pack", "import"), ("spectrogram.npy",)


@dataclass(frozen=True)
class MadeColumns:
    """The columns of a shard that are drawn here, in the order of the table: `points` on the clip's frames, `numbers`
    by themselves, further `videos`.
    """

    points: tuple[Column, ...]
    numbers: tuple[Column, ...]
    videos: tuple[Column, ...]

    @classmethod
    def of(cls, sample: ShownSample) -> MadeColumns:
        """Those of a sample's shard."""
        found = [COLUMNS[name] for name in COLUMNS if sample.shard.has(name)]
        made = [one for one in found if one.maker not in _ELSEWHERE and one.name not in _SHOWN]
        arrays = [one for one in made if one.codec == "npy" and one.unit != "frames" and not _is_beside(one)]
        points = [one for one in arrays if _is_points(one)]
        numbers = [one for one in arrays if one.space != PIXELS and len(_axes(one)) <= 2]
        return cls(tuple(points), tuple(numbers), tuple(one for one in made if one.codec == "mp4"))


def points_at(sample: ShownSample, column: Column, moments: Sequence[int]) -> list[np.ndarray]:
    """At each moment the points of all rows of that frame, float64 (n, 2). Raises ClipError `bad-column`."""
    values = np.asarray(sample.shard.get(sample.row, column.name))
    if values.ndim != 3 or values.shape[2] not in (2, 3):
        raise ClipError("bad-column", f"{column.name} is {column.shape}, this one is {values.shape}")
    frames = _frames(sample, column, len(values))
    return [values[frames == moment][..., :2].reshape(-1, 2).astype(np.float64) for moment in moments]


def drawn(sample: ShownSample, column: Column) -> Picture | None:
    """A column of numbers as a picture; None where it has no row, or one that would be a point of a line.

    Raises ClipError `bad-column`.
    """
    values = np.asarray(sample.shard.get(sample.row, column.name))
    if values.dtype.kind in "biuf" and not values.size:
        return None
    if values.dtype.kind not in "biuf":
        raise ClipError("bad-column", f"{column.name} holds no numbers: {values.dtype} {values.shape}")
    rows = values.reshape(len(values) if values.ndim else 1, -1).astype(np.float64)
    if not _axes(column)[0].isdigit() and rows.shape[1] <= MOST_LINES:
        if len(rows) < 2:
            return None
        return lines(rows, _frames(sample, column, len(rows)))
    if rows.shape[1] <= MOST_BANDS and not _axes(column)[0].isdigit():
        return heat(rows.T, apart=True)  # measures of several kinds
    return heat(rows.T if rows.shape[1] == 1 else rows)


def _frames(sample: ShownSample, column: Column, rows: int) -> np.ndarray:
    """The frame of each row, int64 (rows,)."""
    if not column.frame:
        return np.arange(rows)
    frames = np.asarray(sample.shard.get(sample.row, column.frame), np.int64).reshape(-1)
    if len(frames) != rows:
        raise ClipError("bad-column", f"{column.frame} has {len(frames)} rows, {column.name} {rows}")
    return frames


def _axes(column: Column) -> list[str]:
    return re.findall(r"[^(), ]+", column.shape)


def _is_points(column: Column) -> bool:
    axes = _axes(column)
    is_matrix = axes[1:] == ["2", "3"]
    return (
        column.space == PIXELS and len(axes) == 3 and axes[0] in ("R", "N") and axes[2] in ("2", "3") and not is_matrix
    )


def _is_beside(column: Column) -> bool:
    """Whether it says something of another column alone: where its packets are, how sure its points."""
    return column.name.endswith(("packets.npy", "_score.npy"))
