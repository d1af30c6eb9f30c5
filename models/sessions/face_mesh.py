"""468 points on a face (Kartynnik et al. 2019), and its irises (Ablavatski et al. 2020), by MediaPipe's networks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from faceshards.models.sessions.litert import LiteRtSession

#: Sides of the two networks' inputs, in pixels, and their points.
MESH_SIDE, MESH_POINTS = 192, 468
IRIS_SIDE, IRIS_POINTS = 64, 5
#: Of the contour that the second one tells, the first points are the lids (`face_layouts.LIDS`).
LID_POINTS = 16
#: Points of the mesh: outer corner of the person's right eye and of the left one, by whose line a face is upright.
RIGHT_CORNER, LEFT_CORNER = 33, 263
#: The corners of an eye by which it is cut out: the person's right eye, the left one.
EYES = ((33, 133), (362, 263))


class FaceMesh:
    """The network `face_landmark`."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of faces, uint8 (n, 192, 192, 3) RGB, upright: points float32 (n, 468, 3), x and y in the crop's pixels, z as
        large, nearer is less; and whether it is a face, (n,), 0 to 1.
        """
        outputs = self._session.run({self._input: _unit(crops)})
        points, presence = sorted(outputs.values(), key=lambda one: -one.size)
        from scipy.special import expit  # half a second to load

        return points.reshape(len(crops), MESH_POINTS, 3), expit(presence.reshape(len(crops)))


class Iris:
    """The network `iris_landmark`, which sees a person's right eye; a left one is mirrored for it."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of eyes, uint8 (n, 64, 64, 3) RGB: 71 points of the eye's contour and brow, float32 (n, 71, 3), and five of
        the iris, (n, 5, 3): middle, then four on its edge; in the crop's pixels.
        """
        outputs = self._session.run({self._input: _unit(crops)})
        contour, iris = sorted(outputs.values(), key=lambda one: -one.size)
        return contour.reshape(len(crops), 71, 3), iris.reshape(len(crops), IRIS_POINTS, 3)


def _unit(pictures: np.ndarray) -> np.ndarray:
    """Pictures of 0 to 255 as float32 of 0 to 1."""
    values = pictures.astype(np.float32)
    values *= np.float32(1 / 255)
    return values


def roi_matrix(middle: np.ndarray | tuple[float, float], side: float, angle: float, size: int) -> np.ndarray:
    """The matrix (2, 3) that takes a square of a frame, `side` pixels about its `middle` (2,), turned by `angle`
    (radians, clockwise in the picture), to one of `size` pixels that stands upright.
    """
    x, y = map(float, middle)
    cos, sin = size / side * math.cos(angle), size / side * math.sin(angle)
    return np.array([[cos, sin, size / 2 - cos * x - sin * y], [-sin, cos, size / 2 + sin * x - cos * y]])


def angle_of(first: np.ndarray, second: np.ndarray) -> float:
    """How far the line from one point (2,) to another is turned, in radians, clockwise in the picture."""
    return math.atan2(float(second[1]) - float(first[1]), float(second[0]) - float(first[0]))
