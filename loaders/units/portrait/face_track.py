"""Where the one face of a portrait is: a box a frame, out of any column of boxes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.shards.schema.columns import COLUMNS


def face_boxes(column: str, values: Mapping[str, Any], frames: int) -> np.ndarray:
    """float64 (frames, 4), x1 y1 x2 y2 in pixels of the clip's upright pictures; nan where a frame shows no face.

    `values`: column -> decoded value, of `column` and the one that holds its rows' frames. Of several faces it is the
    track with the largest sum of areas; where there are no tracks, the largest box of each frame. Boxes without area,
    and rows of frames that the clip does not have, are none. Raises ClipError `bad-column`.
    """
    value = values[column]
    try:
        if isinstance(value, Mapping):
            boxes, frame, track = (np.asarray(value.get(name, ())) for name in ("box", "frame", "track"))
        else:
            boxes, track = np.asarray(value), np.empty(0)
            named = COLUMNS[column].frame if column in COLUMNS else ""
            boxes = np.tile(boxes, (frames, 1)) if boxes.shape == (4,) else boxes
            frame = np.asarray(values[named]) if named else np.arange(len(boxes))
        return _of_one(boxes.reshape(-1, 4).astype(np.float64), frame.astype(np.int64), track, frames)
    except (TypeError, ValueError, AttributeError):
        raise ClipError("bad-column", f"{column} holds no boxes: a portrait needs x1 y1 x2 y2 in pixels") from None


def _of_one(boxes: np.ndarray, frame: np.ndarray, track: np.ndarray, frames: int) -> np.ndarray:
    if len(frame) != len(boxes):
        raise ValueError
    areas = areas_of(boxes)
    good = (areas > 0) & (frame >= 0) & (frame < frames)
    if len(track) == len(boxes) and good.any():
        names, which = np.unique(track[good], return_inverse=True)
        good &= track == names[np.bincount(which, areas[good]).argmax()]
    rows = np.flatnonzero(good)
    rows = rows[np.argsort(areas[rows], kind="stable")]  # the largest of a frame is written last
    found = np.full((frames, 4), np.nan)
    found[frame[rows]] = boxes[rows]
    return found


def areas_of(boxes: np.ndarray) -> np.ndarray:
    """Areas of boxes (..., 4) in square pixels; 0 for what is none."""
    sides = boxes[..., 2:] - boxes[..., :2]
    return np.where((sides > 0).all(-1) & np.isfinite(boxes).all(-1), sides.prod(-1), 0.0)
