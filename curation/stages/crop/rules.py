"""The rules by which a face is cut out of its frames: a matrix for each frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.errors import ClipError
from faceshards.media.geometry import ARCFACE_112, apply, crop_matrix, invert, similarity

# A box may be so many pixels away from the place that AVSpeech gives (bill9800/speech_separation, MTCNN_detect.py).
_AVSPEECH_REACH = 50.0
# A zoom shows more than a pan: a square's side is smoothed over so many times the frames of its centre.
_CALMER = 4


@dataclass(frozen=True)
class CropPath:
    """Of each frame the matrix that takes its pixels to the crop's, float64 (N, 2, 3), and whether the face was found
    there, bool (N,).
    """

    matrices: np.ndarray
    seen: np.ndarray

    def sides(self, size: int) -> np.ndarray:
        """What a crop of `size` shows of each frame, in the frame's pixels: the root of its area, (N,)."""
        return size / np.sqrt(np.abs(np.linalg.det(self.matrices[:, :, :2])))

    def beyond(self, size: int, frame: tuple[int, int]) -> np.ndarray:
        """How much of the crop of each frame, of (width, height), lies beyond it: (N,), 0..1 in steps of 1/1024."""
        cells = (np.arange(32) + 0.5) * size / 32
        grid = np.stack(np.meshgrid(cells, cells), axis=-1).reshape(-1, 2)
        each = (apply(invert(matrix), grid) for matrix in self.matrices)
        return np.array([1 - ((places >= 0) & (places <= frame)).all(axis=-1).mean() for places in each])


def tracked(path: FacePath, frame: tuple[int, int], size: int, margin: float, smooth: float) -> CropPath:
    """An upright square about the face: its side is the box's longer one plus `margin` of it on each side.

    It stays within the frame, of (width, height): it is shrunk to the frame's shorter side, and moved.
    """
    low, high = path.boxes[:, :2], path.boxes[:, 2:]
    wanted = path.smooth((high - low).max(axis=1), _CALMER * smooth) * (1 + 2 * margin)
    half = np.clip(wanted, 2.0, min(frame))[:, None] / 2
    middle = np.clip(path.smooth((low + high) / 2, smooth), half, np.array(frame) - half)
    squares = np.concatenate([middle - half, middle + half], axis=1)
    return CropPath(np.stack([crop_matrix(square, (size, size)) for square in squares]), path.seen)


def aligned(path: FacePath, size: int, margin: float, smooth: float) -> CropPath:
    """The face turned upright: its five points come as near as they can to ArcFace's template; the crop's side is that
    of the template plus `margin` of it on each side. It may reach beyond the frame.
    """
    template = (ARCFACE_112 / 112 + margin) / (1 + 2 * margin) * size
    points = path.smooth(path.points, smooth)
    return CropPath(np.stack([similarity(five, template) for five in points]), path.seen)


def at_place(faces: FaceArrays, frame: tuple[int, int], facts: Mapping[str, Any]) -> np.ndarray:
    """The row of the first face of each frame, of (width, height), whose box, grown by 50 pixels on each side, holds
    the place `pos_x`, `pos_y` (0..1) of the json, and is at least a pixel wide and high within the frame: int64 (R,).

    Raises ClipError `bad-column` where the json does not hold the place.
    """
    place = np.array(_place(facts)) * frame
    boxes = faces.boxes.astype(np.float64)
    near = (boxes[:, :2] - _AVSPEECH_REACH <= place) & (place <= boxes[:, 2:] + _AVSPEECH_REACH)
    inside = np.clip(boxes.reshape(-1, 2, 2), 0, frame)
    rows = np.flatnonzero(near.all(axis=1) & (inside[:, 1] - inside[:, 0] >= 1).all(axis=1))
    return rows[np.unique(faces.frame[rows], return_index=True)[1]]


def avspeech(
    faces: FaceArrays, frames: int, frame: tuple[int, int], facts: Mapping[str, Any], size: int
) -> CropPath | None:
    """The crop of AVSpeech's preparation (bill9800/speech_separation): of each frame, of (width, height), the first
    face whose box, grown by 50 pixels on each side, holds the place `pos_x`, `pos_y` (0..1) of the json; exactly its
    box within the frame, drawn to a square. A frame without one has the crop of the nearest. None without any.

    Raises ClipError `bad-column` where the json does not hold the place.
    """
    rows = at_place(faces, frame, facts)
    inside = np.clip(faces.boxes[rows].astype(np.float64).reshape(-1, 2, 2), 0, frame).reshape(-1, 4)
    boxes = dict(zip(faces.frame[rows].tolist(), inside, strict=True))
    if not boxes:
        return None
    numbers = np.array(sorted(boxes))
    nearest = numbers[np.searchsorted((numbers[1:] + numbers[:-1]) / 2, np.arange(frames), side="left")]
    matrices = np.stack([crop_matrix(boxes[number], (size, size)) for number in nearest.tolist()])
    return CropPath(matrices, np.isin(np.arange(frames), numbers))


def _place(facts: Mapping[str, Any]) -> tuple[float, float]:
    found = [facts.get(name) for name in ("pos_x", "pos_y")]
    if not all(isinstance(one, (int, float)) and 0 <= one <= 1 for one in found):
        raise ClipError("bad-column", f"the json must hold pos_x and pos_y from 0 to 1 for this rule, got {found}")
    return float(found[0]), float(found[1])  # type: ignore[arg-type]
