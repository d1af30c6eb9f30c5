"""PFLD: 68 points of a face (Guo et al. 2019), as github.com/cunjian/pytorch_face_landmark exports it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import apply, crop_matrix, invert, square_box, warp
from faceshards.models.sessions.row_net import RowNet

#: The side of its input, in pixels, and its points.
SIDE, POINTS = 112, 68
# How much more than a face's box it sees: a square of 1.1 times the longer side.
_MARGIN = 0.05


class Pfld:
    """The network `pfld_68`, or one of its signature; it runs `batch` rows at a time where its file allows it. Raises
    StageError for another.
    """

    def __init__(self, model: Path, batch: int = 1, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=1.0, device=device)
        self.batch = self._net.batch
        shapes = [one.shape for one in self._net.probe.values()]
        if self._net.shape != (3, SIDE, SIDE) or shapes != [(1, 2 * POINTS)]:
            raise StageError(
                f"{model} is no PFLD of 68 points: rows are {self._net.shape}, outputs {shapes}; they must be "
                f"(3, {SIDE}, {SIDE}) and (1, {2 * POINTS})"
            )

    def matrix(self, box: np.ndarray) -> np.ndarray:
        """The matrix (2, 3) that cuts out what it sees of a face's box (4,), x1 y1 x2 y2."""
        return crop_matrix(square_box(box, _MARGIN), (SIDE, SIDE))

    def crop(self, picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """That part of a picture, uint8 (112, 112, 3); black beyond it."""
        return warp(picture, matrix, (SIDE, SIDE))

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of crops, uint8 (batch, 112, 112, 3) RGB: points in their pixels, float32 (batch, 68, 2). Raises ValueError
        for NaN and infinity.
        """
        (found,) = self._net.run(crops.transpose(0, 3, 1, 2) / np.float32(255)).values()
        if not np.isfinite(found).all():
            raise ValueError("the network that looks for 68 points returned NaN or infinity")
        return (found.reshape(len(crops), POINTS, 2) * SIDE,)


def placed(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (68, 2) of a crop in the picture that the matrix cut it out of."""
    return apply(invert(matrix), points)
