"""An overlay as the page draws it: of some frames, in shares of the picture's width and height."""

from __future__ import annotations

import math

import numpy as np

from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import COLUMNS, Column
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.found_faces import FoundFaces
from faceshards.viewer.pages.clip.frame_rows import by_frame, frames_of, numbers
from faceshards.viewer.pages.clip.overlay_list import DrawnColumn, overlay_list, score_column
from faceshards.viewer.pages.clip.rays import crop_corners, gaze_rays, head_axes


def overlay_array(sample: ShownSample, column: str, part: str, first: int, count: int) -> np.ndarray:
    """The points of frames `first` to `first + count`: float32 (count, points, 2 or 3), x and y in 0..1 of the upright
    picture, NaN where nothing was found; the third number is what `DrawnColumn.third` says.

    Raises UsageError for what is no overlay of this sample or too much, ClipError `bad-column` for arrays that are not
    what the format says.
    """
    found = (one for one in overlay_list(sample) if (one.column, one.part) == (column, part) and one.kind != "tint")
    overlay = next(found, None)
    if overlay is None:
        raise UsageError(f"{column!r}: no column of this sample that can be drawn on its pictures")
    values, frames = _points(sample, overlay)
    drawn = by_frame(values, frames, first, count, column)
    drawn[..., :2] /= np.asarray(picture_size(sample), np.float32)
    return drawn


def picture_size(sample: ShownSample) -> tuple[int, int]:
    """Width and height of the clip's upright pictures."""
    width, height = (sample.facts.get(name) for name in ("width", "height"))
    if type(width) is int and type(height) is int and 0 < width < 1 << 16 and 0 < height < 1 << 16:
        return width, height
    return sample.opened(sample.clip).size


def _points(sample: ShownSample, overlay: DrawnColumn) -> tuple[np.ndarray, np.ndarray]:
    """Of all rows the points, float64 (R, group, 2 or 3), in pixels, and their frames, int64 (R,)."""
    if overlay.column == "faces.msg":
        faces = FoundFaces.of(sample)
        return _tagged(faces.boxes if overlay.part == "box" else faces.points, faces.tracks), faces.frames
    column = COLUMNS[overlay.column]
    if overlay.kind == "speaking":
        return _speaking(sample, column)
    values = numbers(sample, column).astype(np.float64)
    frames = frames_of(sample, column, len(values))
    if overlay.kind in ("rays", "axes"):
        return _turned(sample, overlay, values), frames
    if overlay.kind == "outline":
        return crop_corners(values, sample.opened("crop.mp4").size), frames
    if overlay.kind == "boxes":
        boxes = values.reshape(-1, 2, 2)
        return np.where((boxes == 0).all(axis=(1, 2), keepdims=True), np.nan, boxes), frames
    wide = math.prod(values.shape[1:]) // overlay.group  # said, for there may be no row
    points = values.reshape(len(values), overlay.group, wide)[..., :2]
    points = np.where(
        (points == 0).all(axis=-1, keepdims=True), np.nan, points
    )  # how a point that is not there is told
    if not overlay.third:
        return points, frames
    scores = numbers(sample, COLUMNS[score_column(overlay.column)]).astype(np.float64)
    if scores.ndim == 1:
        scores = np.repeat(scores[:, None], overlay.group, axis=1)
    if scores.shape != points.shape[:2]:
        raise ClipError("bad-column", f"{score_column(overlay.column)} is {scores.shape}, not {points.shape[:2]}")
    return np.concatenate([points, scores[..., None]], axis=-1), frames


def _turned(sample: ShownSample, overlay: DrawnColumn, angles: np.ndarray) -> np.ndarray:
    """Gaze and head's angles, drawn from the points of the mesh in the same row."""
    mesh = numbers(sample, COLUMNS["landmarks.npy"])[..., :2].astype(np.float64)
    if len(mesh) != len(angles):
        raise ClipError("bad-column", f"{overlay.column} has {len(angles)} rows, landmarks.npy {len(mesh)}")
    return gaze_rays(mesh, angles) if overlay.kind == "rays" else head_axes(mesh, angles)


def _speaking(sample: ShownSample, column: Column) -> tuple[np.ndarray, np.ndarray]:
    """The boxes of faces of which it is known whether they speak, with how surely."""
    logits = numbers(sample, column)
    frames, tracks = frames_of(sample, column, len(logits)), numbers(sample, COLUMNS["speaking_track.npy"])
    if len(tracks) != len(logits):
        raise ClipError("bad-column", f"speaking.npy has {len(logits)} rows, speaking_track.npy {len(tracks)}")
    faces = FoundFaces.of(sample)
    said = dict(zip(zip(frames.tolist(), tracks.tolist(), strict=True), logits.tolist(), strict=True))
    keys = zip(faces.frames.tolist(), faces.tracks.tolist(), strict=True)
    found = np.array([said.get(key, np.nan) for key in keys], np.float64)
    known = np.isfinite(found)
    return _tagged(faces.boxes[known], found[known]), faces.frames[known]


def _tagged(points: np.ndarray, tags: np.ndarray) -> np.ndarray:
    """Points (R, k, 2) with a number of each row behind x and y."""
    third = np.broadcast_to(tags.astype(np.float64)[:, None, None], (*points.shape[:2], 1))
    return np.concatenate([points, third], axis=-1)
