"""FaceNet: 1792 numbers a face, the layer before its last (Schroff et al. 2015), as speech_separation takes them.

Its network is keras-facenet's Inception-ResNet v1 up to the layer `AvgPool`, made an ONNX file by tf2onnx.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import crop_matrix, warp
from faceshards.models.sessions.row_net import RowNet

#: The side of a face, in pixels, and how many numbers it becomes.
SIDE, NUMBERS = 160, 1792


class FaceNet:
    """The network, on up to `batch` faces at a time. Raises StageError for a file of another kind."""

    def __init__(self, model: Path, batch: int = 8, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=255.0, device=device)
        self.batch = self._net.batch
        shapes = [one.shape for one in self._net.probe.values()]
        self._last = self._net.shape == (SIDE, SIDE, 3)  # Keras has colours last
        if self._net.shape not in ((SIDE, SIDE, 3), (3, SIDE, SIDE)) or shapes != [(1, NUMBERS)]:
            raise StageError(
                f"{model} is no FaceNet up to its layer AvgPool: rows are {self._net.shape}, outputs {shapes!s:.120}; "
                f"they must be ({SIDE}, {SIDE}, 3) or (3, {SIDE}, {SIDE}), and (1, {NUMBERS})"
            )

    def crop(self, picture: np.ndarray, box: np.ndarray) -> np.ndarray:
        """What it sees of a face's box (4,), x1 y1 x2 y2, in a picture: uint8 (160, 160, 3), squashed."""
        return warp(picture, crop_matrix(box, (SIDE, SIDE)), (SIDE, SIDE))

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of crops, uint8 (batch, 160, 160, 3) RGB, which it sees as they are, 0..255: float32 (batch, 1792), not of
        length 1. Raises ValueError for NaN and infinity.
        """
        values = crops if self._last else crops.transpose(0, 3, 1, 2)
        (found,) = self._net.run(values).values()
        if not np.isfinite(found).all():
            raise ValueError("the network that knows faces returned NaN or infinity")
        return (found,)
