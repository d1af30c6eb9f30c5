"""MobileFaceNet: 128 numbers a face, near for the same person (Chen et al. 2018)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from faceshards.media.geometry import ARCFACE_112, similarity, warp
from faceshards.models.detections import Floats
from faceshards.models.sessions.onnx import OnnxSession

_SIDE = 112


class MobileFaceNet:
    """Face similarity on the model `mobilefacenet`: the dot product of two embeddings is their cosine, -1..1."""

    def __init__(self, model: Path, device: str = "cpu") -> None:
        self._session = OnnxSession(model, device)

    def embed(self, frame: npt.NDArray[np.uint8], points: npt.ArrayLike) -> Floats:
        """Embeddings of faces in a frame, uint8 (H, W, 3) RGB, by their five points (D, 5, 2): float32 (D, 128).

        Points are in the frame's pixels, in the order of `Detections`. Each row has length 1. ClipError `no-face`
        where the points of a face all coincide.
        """
        faces = np.asarray(points, np.float64).reshape(-1, 5, 2)
        return self.embed_aligned([warp(frame, similarity(face, ARCFACE_112), (_SIDE, _SIDE)) for face in faces])

    def embed_aligned(self, crops: list[np.ndarray]) -> Floats:
        """Embeddings of pictures that were aligned to the ArcFace template, each uint8 (112, 112, 3) RGB."""
        rows = [self._embed_one(crop) for crop in crops]
        return np.stack(rows) if rows else np.zeros((0, 128), np.float32)

    def _embed_one(self, crop: np.ndarray) -> Floats:
        """One at a time: the model has a fixed batch of 1."""
        values = (crop.astype(np.float32).transpose(2, 0, 1)[None] - 127.5) / 127.5
        (row,) = next(iter(self._session.run({"input": values}).values()))
        return row / max(float(np.linalg.norm(row)), 1e-12)
