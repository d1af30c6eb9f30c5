"""ArcFace: 512 numbers a face, near for the same person (Deng et al. 2019), by InsightFace's networks (`w600k_r50`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import ARCFACE_112, similarity, warp
from faceshards.models.sessions.batches import in_batches
from faceshards.models.sessions.row_net import RowNet

#: The side of an aligned face, in pixels, and how many numbers it becomes.
SIDE, NUMBERS = 112, 512


class ArcFace:
    """The network, on up to `batch` faces at a time. Raises StageError for a file of another kind."""

    def __init__(self, model: Path, batch: int = 8, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=1.0, device=device)
        self.batch = self._net.batch
        shapes = [one.shape for one in self._net.probe.values()]
        if self._net.shape != (3, SIDE, SIDE) or shapes != [(1, NUMBERS)]:
            raise StageError(
                f"{model} is no ArcFace network: rows are {self._net.shape}, outputs {shapes!s:.120}; they must be "
                f"(3, {SIDE}, {SIDE}) and (1, {NUMBERS})"
            )

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of aligned faces, uint8 (batch, 112, 112, 3) RGB: float32 (batch, 512), each of length 1, so that the dot
        product of two is their cosine. Raises ValueError for NaN and infinity.
        """
        values = crops.transpose(0, 3, 1, 2).astype(np.float32) / 127.5 - 1
        (found,) = self._net.run(values).values()
        if not np.isfinite(found).all():
            raise ValueError("the network that knows faces returned NaN or infinity")
        return (found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12),)

    def embed(self, crops: np.ndarray) -> np.ndarray:
        """The same of any number of aligned faces (n, 112, 112, 3): (n, 512)."""
        return in_batches(self.run, self.batch, crops)[0] if len(crops) else np.zeros((0, NUMBERS), np.float32)


def aligned(frame: np.ndarray, points: np.ndarray) -> np.ndarray:
    """The face with these five points (5, 2) in a frame, uint8 (H, W, 3) RGB, as the network sees it. Raises ClipError
    `no-face` where the points all coincide.
    """
    return warp(frame, similarity(points, ARCFACE_112), (SIDE, SIDE))
