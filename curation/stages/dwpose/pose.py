"""The points of a person: RTMPose and DWPose (SimCC: Li et al. 2022), and networks that draw a heat map a point."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from faceshards.curation.stages.dwpose.openpose import TOLD
from faceshards.errors import StageError
from faceshards.media.geometry import apply, crop_matrix, invert, warp
from faceshards.models.sessions.row_net import RowNet

# ImageNet's, of RGB, on which these networks are trained.
_MEAN = np.array([123.675, 116.28, 103.53], np.float32)
_SPREAD = np.array([58.395, 57.12, 57.375], np.float32)
# How much more than its box a network sees of a person.
_REACH = 1.25

#: Outputs -> points (n, K, 2) in the crop's pixels, and scores (n, K).
Decode = Callable[[list[np.ndarray]], tuple[np.ndarray, np.ndarray]]


class PoseNet:
    """A pose network that runs `batch` crops at a time where its file allows it. Raises StageError for another."""

    def __init__(self, model: Path, batch: int, device: str = "cpu") -> None:
        self._net = RowNet(model, batch, high=1.0, device=device)
        self.batch, self.batching = self._net.batch, self._net.batching
        self._decode, self._size = _decoder(model, self._net)

    def matrix(self, box: np.ndarray) -> np.ndarray:
        """The matrix (2, 3) from a picture's pixels to those of the crop about a person's box (4,)."""
        low, high = np.asarray(box, np.float64).reshape(2, 2)
        sides, aim = (high - low) * _REACH, np.array(self._size)
        half = (sides / aim).max() * aim / 2
        middle = (low + high) / 2
        return crop_matrix(np.concatenate([middle - half, middle + half]), self._size)

    def crop(self, picture: np.ndarray, matrix: np.ndarray) -> np.ndarray:
        """What the network sees of a picture, uint8 (h, w, 3); black beyond it."""
        return warp(picture, matrix, self._size)

    def run(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of crops, uint8 (batch, h, w, 3) RGB: points, float32 (batch, K, 2) in their pixels, and scores (batch, K).
        Raises ValueError for NaN and infinity.
        """
        outputs = self._net.run(((crops - _MEAN) / _SPREAD).transpose(0, 3, 1, 2))
        if not all(np.isfinite(one).all() for one in outputs.values()):
            raise ValueError("the network that looks at persons returned NaN or infinity")
        return self._decode(list(outputs.values()))


def placed(points: np.ndarray, matrices: np.ndarray) -> np.ndarray:
    """Points (n, K, 2) of crops in the pictures that the matrices (n, 2, 3) cut them out of: float32."""
    moved = [apply(invert(matrix), one) for matrix, one in zip(matrices, points, strict=True)]
    return np.array(moved, np.float32).reshape(points.shape)


def _decoder(model: Path, net: RowNet) -> tuple[Decode, tuple[int, int]]:
    """How the outputs of a network are read, and width and height of its crops, by what it returned for one."""
    outputs = list(net.probe.values())
    if len(net.shape) == 3 and net.shape[0] == 3:
        _, height, width = net.shape
        match [one.shape[1:] for one in outputs]:
            case [(count, across), (also, down)] if count == also and count in TOLD and across / width == down / height:
                return _simcc(across / width), (width, height)
            case [(count, down, across)] if count in TOLD and width / across == height / down:
                return _heat(width / across), (width, height)
    shapes = {name: one.shape for name, one in net.probe.items()}
    raise StageError(
        f"{model} is no pose network of a known kind: rows are {net.shape}, outputs {shapes!s:.120}; they must be "
        "(3, H, W), and (1, K, s W) with (1, K, s H), or heat maps (1, K, H / s, W / s), of 17 or 133 points K"
    )


def _simcc(split: float) -> Decode:
    """Each axis by itself, a pixel being `split` bins; a point is as sure as its less sure axis. One of no score lies
    before the first bin (mmpose, get_simcc_maximum).
    """

    def decode(outputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        places = np.stack([one.argmax(axis=-1) for one in outputs], axis=-1).astype(np.float32)
        scores = np.minimum(*(one.max(axis=-1) for one in outputs)).astype(np.float32)
        places[scores <= 0] = -1
        return places / split + np.float32(0.5), scores  # bins count from the first pixel's centre

    return decode


def _heat(stride: float) -> Decode:
    """The hottest cell, a quarter towards its hotter neighbour on each axis (Xiao et al. 2018)."""

    def decode(outputs: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        (maps,) = outputs
        n, count, rows, columns = maps.shape
        best = maps.reshape(n, count, -1).argmax(axis=-1)
        y, x = np.divmod(best, columns)
        padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
        one, point = np.ogrid[:n, :count]
        right = padded[one, point, y + 1, x + 2] - padded[one, point, y + 1, x]
        down = padded[one, point, y + 2, x + 1] - padded[one, point, y, x + 1]
        inside = np.stack([(x > 0) & (x < columns - 1), (y > 0) & (y < rows - 1)], axis=-1)
        shift = np.sign(np.stack([right, down], axis=-1)) / 4 * inside
        places = ((np.stack([x, y], axis=-1) + shift) * stride + 0.5).astype(np.float32)
        return places, maps.max(axis=(2, 3)).astype(np.float32)

    return decode
