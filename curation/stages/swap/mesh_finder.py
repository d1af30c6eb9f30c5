"""The mesh of a face in a single picture, by MediaPipe's networks: faces that are swapped in are looked at so."""

from __future__ import annotations

from threading import Lock

import numpy as np

from faceshards.media.geometry import apply, invert, letterbox, warp
from faceshards.models.sessions import blazeface, face_mesh
from faceshards.models.weights.registry import find

#: The model files that it reads.
WEIGHTS = ("face_detection_short_range", "face_landmark")
# As in the stage `landmarks`: how far a square about a face reaches beyond its box.
_REACH = 1.5
# How often a mesh is laid anew into the square about the last one: the first square is the detector's.
_TWICE = 2
_LEAST = 0.5


class MeshFinder:
    """Both networks, loaded; from any thread, one at a time. Raises WeightsError, StageError."""

    def __init__(self) -> None:
        self._blaze = blazeface.BlazeFace(find(WEIGHTS[0]))
        self._mesh = face_mesh.FaceMesh(find(WEIGHTS[1]))
        self._lock = Lock()

    def find(self, picture: np.ndarray) -> np.ndarray | None:
        """The largest face of a picture, uint8 (H, W, 3) RGB: its points, float32 (468, 3), x and y in the picture's
        pixels, z as large; None where there is none.
        """
        with self._lock:
            square = _square(self._blaze, picture)
        points = None
        for _ in range(_TWICE):
            if square is None:
                return None
            points, presence = self._laid(picture, square)
            square = around(points) if presence >= _LEAST else None
        return None if square is None else points

    def again(self, picture: np.ndarray, points: np.ndarray) -> np.ndarray:
        """The points of a face that is where these are, (468, 3)."""
        return self._laid(picture, around(points))[0]

    def _laid(self, picture: np.ndarray, square: np.ndarray) -> tuple[np.ndarray, float]:
        """The points in a square of a picture, and how sure it is that there is a face."""
        crop = warp(picture, square, (face_mesh.MESH_SIDE, face_mesh.MESH_SIDE))
        with self._lock:
            points, presence = self._mesh.run(crop[None])
        return placed(points[0], invert(square)), float(presence[0])


def placed(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (n, 3) of a crop in the picture that the matrix takes them to; z grows as x and y do."""
    scale = np.sqrt(abs(np.linalg.det(matrix[:, :2])))
    return np.column_stack([apply(matrix, points[:, :2]), points[:, 2] * scale]).astype(np.float32)


def around(points: np.ndarray) -> np.ndarray:
    """The matrix (2, 3) that cuts out the face with these points (468 or more, 3)."""
    flat = points[: face_mesh.MESH_POINTS, :2].astype(np.float64)
    low, high = flat.min(axis=0), flat.max(axis=0)
    angle = face_mesh.angle_of(flat[face_mesh.RIGHT_CORNER], flat[face_mesh.LEFT_CORNER])
    side = float((high - low).max()) * _REACH
    return face_mesh.roi_matrix((low + high) / 2, side, angle, face_mesh.MESH_SIDE)


def _square(blaze: blazeface.BlazeFace, picture: np.ndarray) -> np.ndarray | None:
    """The matrix (2, 3) that cuts out the largest face of a picture."""
    small, matrix = letterbox(picture, (blazeface.SIDE, blazeface.SIDE))
    regressors, logits = blaze.run(small[None])
    boxes, points, _ = blaze.faces(regressors[0], logits[0])
    if not len(boxes):
        return None
    best = int((boxes[:, 2:] - boxes[:, :2]).prod(axis=1).argmax())
    back = invert(matrix)
    low, high = apply(back, boxes[best].reshape(2, 2))
    eyes = apply(back, points[best][[blazeface.RIGHT_EYE, blazeface.LEFT_EYE]])
    side = float((high - low).max()) * _REACH
    return face_mesh.roi_matrix((low + high) / 2, side, face_mesh.angle_of(*eyes), face_mesh.MESH_SIDE)
