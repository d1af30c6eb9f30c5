"""The faces within whole-body poses."""

from __future__ import annotations

import numpy as np

# The face of a pose in OpenPose's order.
_FACE = slice(24, 92)


def pose_faces(
    points: np.ndarray, scores: np.ndarray, numbers: np.ndarray, least: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of the points (R, 134, 2) and scores (R, 134) of persons in frames (R,): the 68 points (F, 68, 2) and scores
    (F, 68) of the largest face of each frame, and the frames (F,). A face is one that is as sure as `least` on average.
    """
    faces, sure = points[:, _FACE], scores[:, _FACE]
    rows = np.flatnonzero(sure.mean(axis=1) >= least)
    areas = np.prod(np.ptp(faces[rows], axis=1), axis=-1)
    order = rows[np.lexsort((-areas, numbers[rows]))]
    chosen = order[np.unique(numbers[order], return_index=True)[1]]
    return faces[chosen], sure[chosen], numbers[chosen]
