"""TalkVid's five scores of a head, each 0 to 100, of every frame with a face (arXiv 2508.13618, "Data filtering")."""

from __future__ import annotations

import numpy as np

from faceshards.models.sessions import face_mesh

# Middle of the right and of the left iris, nose, right and left corner of the mouth; and what each counts, so that
# eyes, nose and mouth make 0.3, 0.4 and 0.3.
_FIVE = [face_mesh.MESH_POINTS, face_mesh.MESH_POINTS + face_mesh.IRIS_POINTS, 1, 61, 291]
_WEIGHTS = np.array([0.15, 0.15, 0.4, 0.15, 0.15])


def calm(points: np.ndarray, angles: np.ndarray, numbers: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Name -> the score of each frame, of points (R, 478, 3) in the pixels of frames of `size` (width, height), angles
    (R, 3) in degrees, frames' numbers (R,). `movement` and `rotation` are of neighbouring frames: one row less, or
    fewer where the face was out of sight between two.
    """
    five = points[:, _FIVE, :2].astype(np.float64)
    parts = np.asarray(angles, np.float64) / 180 * 100
    neighbours = np.diff(numbers) == 1
    moved = np.linalg.norm(np.diff(five, axis=0), axis=-1).mean(axis=-1)[neighbours]
    turned = np.linalg.norm(np.diff(parts, axis=0), axis=-1)[neighbours]
    inside = ((five >= 0) & (five < size)).all(axis=-1)
    mesh = points[:, : face_mesh.MESH_POINTS, :2].astype(np.float64)
    area = np.prod(mesh.max(axis=1) - mesh.min(axis=1), axis=-1) / (size[0] * size[1])
    return {
        "movement": 100 - 100 * moved / min(size),
        "orientation": 100 - np.linalg.norm(parts, axis=-1),
        "completeness": 100 * (inside @ _WEIGHTS),
        "resolution": np.minimum(100, 30 * area * 100),
        "rotation": 100 - turned,
    }
