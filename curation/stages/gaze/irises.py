"""Where eyes look, by where the irises stand between the corners of the lids, and how the head is turned.

An eyeball of 12 mm (radius) turns behind lids whose corners are 29 mm apart: an iris that has moved from the middle by
a share s of that width has turned by asin(29 / 12 s). At rest it stands a little above the line of the corners.
"""

from __future__ import annotations

import numpy as np

from faceshards.curation.stages.headpose.head_angles import angles_of, head_rotations
from faceshards.models.sessions import face_mesh

# Corners' distance over the eyeball's radius; adults' means are 28 to 30 mm and 12 mm.
_TURN = 29 / 12
# How far above the corners' line an iris rests, in the corners' distances: the median of 20 real clips.
_REST = 0.03
# The middles of the right and of the left iris, behind the mesh.
_MIDDLES = (face_mesh.MESH_POINTS, face_mesh.MESH_POINTS + face_mesh.IRIS_POINTS)


def gaze_of(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Yaw towards the picture's right and pitch upwards, radians float32 (R, 2), of meshes with irises, (R, 478, 3), in
    the pixels of frames of `size` (width, height): the mean of both eyes.
    """
    head = np.radians(angles_of(head_rotations(points, size))[:, :2].astype(np.float64))
    along, above = _offsets(points[..., :2].astype(np.float64))
    turned = np.arcsin(np.clip(_TURN * np.stack([along, above - _REST], axis=1), -1, 1))
    return (head + turned).astype(np.float32)


def _offsets(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How far both irises stand from the middles of their eyes' corners, along the line of the eyes and above it, in
    the corners' distances; (R,) each.
    """
    line = points[:, face_mesh.LEFT_CORNER] - points[:, face_mesh.RIGHT_CORNER]
    line /= np.maximum(np.linalg.norm(line, axis=1, keepdims=True), 1e-6)
    up = np.stack([line[:, 1], -line[:, 0]], axis=1)
    found = []
    for (one, other), middle in zip(face_mesh.EYES, _MIDDLES, strict=True):
        width = np.maximum(np.linalg.norm(points[:, other] - points[:, one], axis=1), 1e-6)
        offset = points[:, middle] - (points[:, one] + points[:, other]) / 2
        found.append([(offset * axis).sum(axis=1) / width for axis in (line, up)])
    along, above = np.mean(found, axis=0)
    return along, above
