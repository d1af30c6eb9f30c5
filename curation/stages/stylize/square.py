"""Pictures of any size as a network of one size sees them, and back: whole, on their own mirrored edges."""

from __future__ import annotations

import cv2
import numpy as np


def squared(pictures: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pictures, uint8 (n, H, W, 3), in the middle of ones of `size` (width, height), as large as they fit. Beyond their
    edges they are mirrored: networks that normalise over a whole picture would take black bars for a part of it.
    """
    inner, (left, top) = _inner(pictures.shape[1:3], size)
    right, bottom = size[0] - inner[0] - left, size[1] - inner[1] - top
    how = cv2.INTER_AREA if inner[0] < pictures.shape[2] else cv2.INTER_CUBIC
    small = [cv2.resize(one, inner, interpolation=how) for one in pictures]
    return np.stack([cv2.copyMakeBorder(one, top, bottom, left, right, cv2.BORDER_REFLECT) for one in small])


def back(drawn: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """What was drawn of such pictures, at their own size: uint8 (n, H, W, 3), of `shape` (H, W)."""
    size = (drawn.shape[2], drawn.shape[1])
    inner, (left, top) = _inner(shape, size)
    parts = drawn[:, top : top + inner[1], left : left + inner[0]]
    how = cv2.INTER_AREA if inner[0] > shape[1] else cv2.INTER_CUBIC
    return np.stack([cv2.resize(one, shape[::-1], interpolation=how) for one in parts])


def _inner(shape: tuple[int, ...], size: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Width and height of a picture of `shape` (H, W) within `size`, and its left and top edge there."""
    scale = min(size[0] / shape[1], size[1] / shape[0])
    inner = max(1, min(size[0], round(shape[1] * scale))), max(1, min(size[1], round(shape[0] * scale)))
    return inner, ((size[0] - inner[0]) // 2, (size[1] - inner[1]) // 2)
