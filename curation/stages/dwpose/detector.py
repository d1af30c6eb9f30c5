"""Persons in pictures: YOLOX (Ge et al. 2021), as its own export writes it, the boxes not yet decoded."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from faceshards.errors import StageError
from faceshards.models.nets.boxes import kept_by_nms
from faceshards.models.sessions.row_net import RowNet

_STRIDES = (8, 16, 32)
_GROUND = 114
_PERSON = 5  # the first class, behind cx cy w h and whether there is anything
_OVERLAP = 0.45
# Mean and spread of ImageNet's RGB, 0 to 255: YOLOX saw pictures so in its first release, later as BGR, as they are.
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_SPREAD = np.array([58.395, 57.12, 57.375], np.float32)


class Detector:
    """A YOLOX network that runs `batch` pictures at a time where its file allows it; `first`: it is of the first
    release, 0.1.0. Raises StageError for another network.
    """

    def __init__(self, model: Path, batch: int, first: bool = False, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=1.0 if first else 255.0, device=device)
        self._first = first
        self.batch, self.batching = self._net.batch, self._net.batching
        self._height, self._width = _checked(model, self._net)
        cells = [_cells(self._height // stride, self._width // stride) for stride in _STRIDES]
        self._corners = np.concatenate(cells)
        self._strides = np.repeat(_STRIDES, [len(one) for one in cells]).astype(np.float32)[:, None]

    def letterboxed(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures, uint8 (n, H, W, 3), as the network's own size takes them: top left, on grey, bilinear as YOLOX's
        own code has it.
        """
        width, height = self._fitted(pictures.shape[2], pictures.shape[1])
        canvas = np.full((len(pictures), self._height, self._width, 3), _GROUND, np.uint8)
        for place, picture in zip(canvas, pictures, strict=True):
            place[:height, :width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
        return canvas

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of letterboxed pictures, uint8 (batch, h, w, 3) RGB: each cell's box, float32 (batch, A, 4), x1 y1 x2 y2 in
        their pixels, and how sure it is a person, (batch, A). Raises ValueError for NaN and infinity.
        """
        seen = (pictures - _MEAN) / _SPREAD if self._first else pictures[..., ::-1]
        (raw,) = self._net.run(seen.transpose(0, 3, 1, 2)).values()
        with np.errstate(over="ignore"):
            centres, halves = (raw[..., :2] + self._corners) * self._strides, np.exp(raw[..., 2:4]) * self._strides / 2
        boxes, scores = np.concatenate([centres - halves, centres + halves], axis=-1), raw[..., 4] * raw[..., _PERSON]
        if not (np.isfinite(boxes).all() and np.isfinite(scores).all()):
            raise ValueError("the network that looks for persons returned NaN or infinity")
        return boxes, scores

    def persons(self, boxes: np.ndarray, scores: np.ndarray, least: float, size: tuple[int, int]) -> np.ndarray:
        """The persons among the boxes (A, 4) of a picture of `size` (width, height): float32 (P, 4) in its own pixels,
        the surest first; those above `least` that no surer one overlaps.
        """
        rows = np.flatnonzero(scores > least)
        kept = boxes[rows][kept_by_nms(boxes[rows], scores[rows], _OVERLAP)]
        found: np.ndarray = (kept * np.tile(np.divide(size, self._fitted(*size)), 2)).astype(np.float32)
        return found[((found[:, 2:] - found[:, :2]) >= 1).all(axis=1)]

    def _fitted(self, width: int, height: int) -> tuple[int, int]:
        """The size of a picture on the network's canvas."""
        scale = min(self._width / width, self._height / height)
        return max(1, int(width * scale)), max(1, int(height * scale))


def _cells(rows: int, columns: int) -> np.ndarray:
    """x and y of each cell of a grid, row by row: float32 (rows * columns, 2)."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    return np.stack([x, y], axis=1).astype(np.float32)


def _checked(model: Path, net: RowNet) -> tuple[int, int]:
    """Height and width of the network's pictures. Raises StageError where it is no YOLOX."""
    shapes = {name: one.shape for name, one in net.probe.items()}
    if len(net.shape) == 3 and net.shape[0] == 3 and not any(side % _STRIDES[-1] for side in net.shape[1:]):
        _, height, width = net.shape
        count = sum((height // stride) * (width // stride) for stride in _STRIDES)
        one = next(iter(net.probe.values()))
        if len(shapes) == 1 and one.ndim == 3 and one.shape[1] == count and one.shape[2] > _PERSON:
            # A raw centre lies about its cell, in cells; a decoded one anywhere in the picture, in pixels.
            if np.abs(one[..., :2]).max() < min(height, width) / 2:
                return height, width
            raise StageError(f"{model}: its boxes are decoded already: export it without decode_in_inference")
    raise StageError(
        f"{model} is no YOLOX: rows are {net.shape}, outputs {shapes!s:.120}; they must be (3, H, W), "
        "sides multiples of 32, and (1, a box for each cell of 8, 16 and 32 pixels, 5 + classes)"
    )
