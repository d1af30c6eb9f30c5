"""What five points and a box say of a face: how large it is, how it is turned, how sharp, how far it moves."""

from __future__ import annotations

import numpy as np

from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.quality.picture_measures import sharpness
from faceshards.media.geometry import ARCFACE_112, similarity, square_box, warp

# Both angles at the eyes of a face that looks ahead, whole degrees (MegActor-Sigma, 3_lip_filter.py).
_FRONTAL = range(35, 65)
# How far an aligned face may reach beyond its box, as a share of its longer side.
_AROUND = 0.5


def largest(faces: FaceArrays, number: int) -> int | None:
    """The row of the largest face of a frame; the first of equal ones; None without any."""
    rows = np.flatnonzero(faces.frame == number)
    if not len(rows):
        return None
    sides = faces.boxes[rows, 2:] - faces.boxes[rows, :2]
    return int(rows[sides.prod(axis=1).argmax()])


def area(box: np.ndarray, size: tuple[int, int]) -> float:
    """The share of a frame, of (width, height), that a box (4,) covers."""
    low, high = np.clip(box.astype(np.float64).reshape(2, 2), 0, size)
    return float((high - low).prod() / (size[0] * size[1]))


def is_frontal(points: np.ndarray) -> bool:
    """Whether a face looks ahead: in the triangle of its eyes and its nose, points (3 or more, 2), both angles at the
    eyes are from 35 to 64 degrees, without their fractions.
    """
    left, right, nose = points[:3].astype(np.float64)
    return all(int(_angle(*three)) in _FRONTAL for three in ((left, right, nose), (right, left, nose)))


def face_sharpness(grey: np.ndarray, box: np.ndarray, points: np.ndarray) -> float:
    """`sharpness` of a face in a picture, uint8 (H, W), aligned by its five points in 112 x 112 pixels."""
    # Around the face alone: a large picture is averaged down as a whole before it is moved.
    low, high = np.split(square_box(box, _AROUND), 2)
    first = np.clip(low, 0, None).astype(int)
    stop = np.maximum(np.ceil(high), first + 1).astype(int)
    near = grey[first[1] : stop[1], first[0] : stop[0]]
    if not near.size:
        return 0.0
    return sharpness(warp(near, similarity(points - first, ARCFACE_112), (112, 112), beyond="edge"))


def travel(boxes: np.ndarray) -> float:
    """How far the middle of a face goes in a clip, boxes (n, 4): the width and the height of its way, in mean widths
    and heights of the box, the greater of the two (MegActor-Sigma, 3_lip_filter.py, which keeps what is below 0.4).
    """
    low, high = boxes[:, :2].astype(np.float64), boxes[:, 2:].astype(np.float64)
    way = np.ptp((low + high) / 2, axis=0)
    return float((way / np.maximum((high - low).mean(axis=0), 1e-6)).max())


def _angle(at: np.ndarray, one: np.ndarray, other: np.ndarray) -> float:
    """The angle between the ways from a point to two others, in degrees; 0 where they are one."""
    first, second = one - at, other - at
    lengths = np.linalg.norm(first) * np.linalg.norm(second)
    return float(np.degrees(np.arccos(np.clip(first @ second / lengths, -1, 1)))) if lengths > 0 else 0.0
