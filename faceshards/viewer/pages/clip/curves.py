"""Numbers over time: which columns of a clip have some, and those of one, with their seconds."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import COLUMNS, PIXELS, Column, codec_of
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.found_faces import FoundFaces
from faceshards.viewer.pages.clip.frame_rows import axes_of, frames_of, numbers, read_column

#: Lines of one column, and points of a line, that are drawn.
MOST_LINES, MOST_POINTS = 16, 20_000
#: Tracks that have a line of their own: those that are seen longest.
MOST_TRACKS = 6
# A user's own column of more bytes is not looked into.
_OWN_BYTES = 4 << 20
# What the numbers of a row are.
_NAMES = {
    "quality.npy": (
        "luma", "highlights", "sharpness", "blockiness", "camera", "face_area", "face_sharpness", "frontal", "movement",
    ),
    "headpose.npy": ("yaw", "pitch", "roll"),
    "gaze.npy": ("yaw", "pitch"),
    "eye_opening.npy": ("right", "left"),
    "posecode.npy": ("head x", "head y", "head z", "jaw x", "jaw y", "jaw z"),
    "cam.npy": ("scale", "x", "y"),
}  # fmt: skip
#: Columns that go by a clock of their own: the seconds of a row.
_CLOCKS = {"speech.npy": 0.032, "envelope.npy": 1 / 16_000}


@dataclass(frozen=True)
class NumberChart:
    """One chart: lines of a `column`, which have one unit; `lines` are their names, `first` the place of the first."""

    column: str
    label: str
    unit: str
    lines: tuple[str, ...]
    first: int = 0

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        return asdict(self)


def curve_list(sample: ShownSample) -> list[NumberChart]:
    """The charts that this sample has values for."""
    found: list[NumberChart] = []
    for name in (*COLUMNS, *(one for one in sample.shard.columns if one not in COLUMNS)):
        if sample.shard.has(name) and sample.shard.filled(sample.row, name):
            found += _charts(sample, name)
    return found


def curve_array(sample: ShownSample, name: str) -> np.ndarray:
    """The lines of a column: float32 (n, 1 + lines), each row its seconds from the clip's first picture on, then the
    numbers, NaN where there is none. Of more than `MOST_POINTS` rows the greatest of each stretch are given.

    Raises UsageError for a column that is no curve, ClipError `bad-column`.
    """
    known = COLUMNS.get(name)
    if not (sample.shard.has(name) and sample.shard.filled(sample.row, name) and _charts(sample, name)):
        raise UsageError(f"{name!r}: no numbers over time")
    if name == "faces.msg":
        faces = FoundFaces.of(sample)
        values, frames = _of_tracks(faces.scores, faces.frames, faces.tracks)
    elif name == "speaking.npy":
        logits = numbers(sample, COLUMNS[name])
        frames = np.asarray(numbers(sample, COLUMNS["speaking_frame.npy"]), np.int64)
        values, frames = _of_tracks(logits, frames, numbers(sample, COLUMNS["speaking_track.npy"]))
    else:
        values = numbers(sample, known) if known else np.asarray(read_column(sample, name))
        values = values.reshape(len(values), math.prod(values.shape[1:])).astype(np.float64)  # of no row, too
        frames = frames_of(sample, known, len(values)) if known else np.arange(len(values))
    if name in _CLOCKS:
        seconds = np.arange(len(values)) * _CLOCKS[name]
    else:
        times = sample.opened(sample.clip).times
        there = (frames >= 0) & (frames < len(times))
        there &= np.concatenate([[True], np.diff(frames) != 0]) if len(frames) else there  # of several faces the first
        values, seconds = values[there], times[frames[there]]
    return _thinned(np.column_stack([seconds, values]).astype(np.float32))


def _charts(sample: ShownSample, name: str) -> list[NumberChart]:
    known = COLUMNS.get(name)
    label = name.rpartition(".")[0].replace("_", " ")
    if name in ("faces.msg", "speaking.npy"):
        unit = "0..1" if name == "faces.msg" else "logit; above 0: speaks"
        return [NumberChart(name, "face score" if name == "faces.msg" else label, unit, ("by track",))]
    width = _width(known) if known else _own_width(sample, name)
    if not 0 < width <= MOST_LINES:
        return []
    names = _NAMES.get(name, ("",) if width == 1 else tuple(str(one + 1) for one in range(width)))
    units = [one.strip() for one in known.unit.split(";")] if known else [""]
    if len(units) == len(names) > 1:  # measures of several kinds
        both = enumerate(zip(names, units, strict=True))
        return [NumberChart(name, one.replace("_", " "), unit, (one,), place) for place, (one, unit) in both]
    return [NumberChart(name, label, known.unit if known else "", names)]


def _width(column: Column) -> int:
    """How many numbers a row has; 0 for a column that does not go by time."""
    axes = axes_of(column)
    goes = axes and (axes[0] in ("N", "R") or column.name in _CLOCKS)
    is_other = column.space == PIXELS or column.unit == "frames" or column.name.endswith(("_track.npy", "packets.npy"))
    if column.codec != "npy" or not goes or is_other or len(axes) > 2:
        return 0
    return int(axes[1]) if len(axes) == 2 and axes[1].isdecimal() else int(len(axes) == 1)


def _own_width(sample: ShownSample, name: str) -> int:
    """The same of a user's own column, whose first axis must be the clip's frames, or none of them."""
    if codec_of(name) != "npy" or sample.shard.extent(sample.row, name).size > _OWN_BYTES:
        return 0
    values = np.asarray(sample.shard.get(sample.row, name))
    if (
        values.dtype.kind not in "biuf"
        or values.ndim not in (1, 2)
        or len(values) not in (0, sample.facts.get("frames"))
    ):
        return 0
    return 1 if values.ndim == 1 else values.shape[1]


def _of_tracks(values: np.ndarray, frames: np.ndarray, tracks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A line a track, of those seen longest: float64 (n, k), NaN where one is not seen, and their frames, int64 (n,),
    ascending.
    """
    if not len(values) == len(frames) == len(tracks):
        raise ClipError("bad-column", "values, frames and tracks are not of one length: curate again")
    each, counts = np.unique(tracks, return_counts=True)
    chosen = np.sort(each[np.argsort(-counts, kind="stable")[:MOST_TRACKS]])
    there, places = np.unique(frames, return_inverse=True)
    made = np.full((len(there), max(1, len(chosen))), np.nan)
    for line, track in enumerate(chosen):
        mine = tracks == track
        made[places[mine], line] = values[mine]
    return made, there


def _thinned(rows: np.ndarray) -> np.ndarray:
    """At most `MOST_POINTS` rows: of each stretch of equal length its first time, and its greatest numbers."""
    if len(rows) <= MOST_POINTS:
        return rows
    stretch = -(-len(rows) // MOST_POINTS)
    padded = np.pad(rows, ((0, -len(rows) % stretch), (0, 0)), constant_values=np.nan)
    parts = padded.reshape(-1, stretch, rows.shape[1])
    known = np.where(np.isnan(parts), -np.inf, parts).max(axis=1)
    known[~np.isfinite(known)] = np.nan
    known[:, 0] = parts[:, 0, 0]
    return known
