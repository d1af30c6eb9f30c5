"""The result as one picture: the face, and beside it the face with its points drawn on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Face:
    """`picture` uint8 (224, 224, 3) RGB; `points` float32 (P, 2), x and y in its pixels, 0 at the left and top edge."""

    picture: np.ndarray
    points: np.ndarray


_MARK = np.array([0, 230, 118], np.uint8)
_RADIUS = 2


def side_by_side(face: Face) -> np.ndarray:
    """uint8 (224, 448, 3) RGB: left the picture, right the same with a disc at each point that lies in it."""
    marked = face.picture.copy()
    rows, columns = np.mgrid[: marked.shape[0], : marked.shape[1]] + 0.5  # pixel centres
    for x, y in face.points:
        marked[(columns - x) ** 2 + (rows - y) ** 2 <= _RADIUS**2] = _MARK
    return np.concatenate([face.picture, marked], axis=1)
