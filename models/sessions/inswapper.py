"""InsightFace's inswapper_128: a face drawn anew as another person's, in 128 x 128 pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.media.geometry import ARCFACE_112
from faceshards.models.sessions.arcface import NUMBERS
from faceshards.models.sessions.free_batch import last_initializer
from faceshards.models.sessions.onnx import OnnxSession
from faceshards.models.sessions.row_net import batched
from faceshards.models.sessions.session import Session

#: The side of a face in pixels, and where its five points are in it: ArcFace's template, eight pixels further right.
SIDE = 128
POINTS = ARCFACE_112 + np.array([8.0, 0.0])


class InSwapper:
    """The network, on up to `batch` faces at a time. Raises StageError for a file of another kind."""

    def __init__(self, model: Path, batch: int = 8, device: str = "cpu") -> None:
        self._session: Session = OnnxSession(model, device)
        self._target, self._source = _inputs(model, self._session)
        try:
            self._map = last_initializer(model.read_bytes())
        except ValueError as error:
            raise StageError(f"{model} is no inswapper: {error}") from error
        if self._map.shape != (NUMBERS, NUMBERS):
            raise StageError(
                f"{model} is no inswapper: its last constant, which maps ArcFace's numbers to its own, is of "
                f"{self._map.shape}, must be ({NUMBERS}, {NUMBERS})"
            )
        random = np.random.default_rng(0)
        rows = {self._target: random.random((batch, 3, SIDE, SIDE)), self._source: random.random((batch, NUMBERS)) / 16}
        feeds = {name: one.astype(np.float32) for name, one in rows.items()}
        several, self.batching = batched(model, self._session, feeds, device)
        self._session, self.batch = (self._session, 1) if several is None else (several, batch)

    def latents(self, embeddings: np.ndarray) -> np.ndarray:
        """Persons as the network knows them, float32 (n, 512), by ArcFace's numbers, (n, 512) of length 1."""
        mapped = embeddings @ self._map
        return (mapped / np.linalg.norm(mapped, axis=1, keepdims=True)).astype(np.float32)

    def run(self, crops: np.ndarray, latents: np.ndarray) -> tuple[np.ndarray]:
        """Faces, uint8 (batch, 128, 128, 3) RGB, with the points `POINTS`, as these persons': the same. Raises
        ValueError for NaN and infinity.
        """
        values = np.ascontiguousarray(crops.transpose(0, 3, 1, 2), np.float32) / 255
        (drawn,) = self._session.run({self._target: values, self._source: latents.astype(np.float32)}).values()
        if not np.isfinite(drawn).all():
            raise ValueError("the network that swaps faces returned NaN or infinity")
        return (np.rint(drawn.transpose(0, 2, 3, 1) * 255).clip(0, 255).astype(np.uint8),)


def _inputs(model: Path, session: Session) -> tuple[str, str]:
    """The names of the inputs: the face to draw upon, and the person."""
    shapes = {shape[1:]: name for name, shape in session.inputs.items()}
    if len(session.inputs) != 2 or set(shapes) != {(3, SIDE, SIDE), (NUMBERS,)}:
        raise StageError(
            f"{model} is no inswapper: its inputs are {dict(session.inputs)}, must be (1, 3, {SIDE}, {SIDE}) and "
            f"(1, {NUMBERS})"
        )
    return shapes[3, SIDE, SIDE], shapes[(NUMBERS,)]
