"""SCRFD: a face detector with five points (Guo et al. 2021, arXiv 2105.04714), as InsightFace exports and runs it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from faceshards.errors import StageError
from faceshards.models.detections import Detections, Floats
from faceshards.models.nets.boxes import kept_by_nms
from faceshards.models.sessions.onnx import OnnxSession

_STRIDES, _ANCHORS = (8, 16, 32), 2
# Nine outputs: scores of the three strides, then boxes, then points (insightface/model_zoo/scrfd.py).
_WIDTHS = (1, 1, 1, 4, 4, 4, 10, 10, 10)
_SIDE = 640


class Scrfd:
    """The detector on a model with points, as `det_10g`; its input is 640 x 640 where the file leaves the sides free.

    `score`: least probability; `overlap`: above it, of their union, the less sure of two boxes goes. The defaults are
    InsightFace's. Raises StageError for another network.
    """

    def __init__(self, model: Path, device: str = "cpu", score: float = 0.5, overlap: float = 0.4) -> None:
        self._session = OnnxSession(model, device)
        self._name, self._height, self._width = _input_of(model, self._session)
        self._centres = [_centres(self._height, self._width, stride) for stride in _STRIDES]
        self.score, self.overlap = score, overlap
        shapes = [one.shape for one in self._run(np.zeros((self._height, self._width, 3), np.uint8))]
        rows = [len(one) for one in self._centres] * 3
        if [shape[-1] for shape in shapes] != list(_WIDTHS) or [shape[-2] for shape in shapes] != rows:
            raise StageError(
                f"{model} is no SCRFD with points: its outputs are {shapes!s:.160}; they must be scores (cells, 1), "
                "boxes (cells, 4) and points (cells, 10) of strides 8, 16 and 32, two anchors a cell"
            )

    def detect(self, frame: npt.NDArray[np.uint8]) -> Detections:
        """All faces of a frame, uint8 (H, W, 3) RGB, best score first, not clipped to the frame. The frame stands top
        left on black, as large as it fits, bilinear.
        """
        canvas, scale = self._letterboxed(frame)
        found = self._decoded(self._run(canvas))
        found = found.take(found.scores >= self.score)
        boxes, points = found.boxes / scale, found.points / scale
        # InsightFace counts the pixel at a box's right and lower end as its own.
        kept = kept_by_nms(boxes + np.array([0, 0, 1, 1], np.float32), found.scores, self.overlap)
        return Detections(boxes, points, found.scores).take(kept)

    def _decoded(self, outputs: list[np.ndarray]) -> Detections:
        """What each anchor says, in the canvas' pixels: how far the box's edges and the points are away, in strides."""
        boxes, points = [], []
        for stride, centres, box, point in zip(_STRIDES, self._centres, outputs[3:6], outputs[6:], strict=True):
            box, point = box.reshape(-1, 4) * stride, point.reshape(-1, 5, 2) * stride
            boxes.append(np.concatenate([centres - box[:, :2], centres + box[:, 2:]], axis=1))
            points.append(centres[:, None] + point)
        scores = np.concatenate([one.reshape(-1) for one in outputs[:3]])
        return Detections(np.concatenate(boxes), np.concatenate(points), scores)

    def _run(self, canvas: npt.NDArray[np.uint8]) -> list[np.ndarray]:
        """The outputs for a canvas, uint8 (H, W, 3) RGB, in the file's order."""
        values = (canvas.astype(np.float32) - 127.5) / 128
        return list(self._session.run({self._name: values.transpose(2, 0, 1)[None]}).values())

    def _letterboxed(self, frame: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.uint8], float]:
        """A frame on the network's canvas, and how many of its pixels one of the frame's has become."""
        ratio = frame.shape[0] / frame.shape[1]
        if ratio > self._height / self._width:
            height, width = self._height, max(1, int(self._height / ratio))
        else:
            height, width = max(1, int(self._width * ratio)), self._width
        canvas = np.zeros((self._height, self._width, 3), np.uint8)
        canvas[:height, :width] = cv2.resize(frame, (width, height), interpolation=cv2.INTER_LINEAR)
        return canvas, height / frame.shape[0]


def _centres(height: int, width: int, stride: int) -> Floats:
    """x and y of the anchors of a stride, in pixels, the same twice a cell, row by row: float32 (A, 2)."""
    rows, columns = height // stride, width // stride
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.repeat(np.stack([x, y], axis=1) * stride, _ANCHORS, axis=0).astype(np.float32)


def _input_of(model: Path, session: OnnxSession) -> tuple[str, int, int]:
    """The name of the only input, and height and width of the pictures that it takes."""
    inputs = session.inputs
    ((name, shape),) = inputs.items() if len(inputs) == 1 else (("", ()),)
    sides = [side if isinstance(side, int) else _SIDE for side in shape[2:]]
    if len(shape) != 4 or shape[1] != 3 or any(side < 1 or side % _STRIDES[-1] for side in sides):
        raise StageError(f"{model} is no SCRFD: its inputs are {dict(inputs)}; there must be one, (1, 3, H, W)")
    return name, sides[0], sides[1]
