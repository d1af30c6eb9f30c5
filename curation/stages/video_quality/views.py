"""The two views of a video that DOVER compares: which frames, and what of them (VQAssessment/DOVER, datasets).

Where the authors draw at random, the middle of what might be drawn is taken, so that a clip always has one score.
"""

from __future__ import annotations

import cv2
import numpy as np

from faceshards.media.geometry import crop_matrix, warp

# A picture of fragments: 7 by 7 of them, 32 pixels each.
_GRID, _FRAGMENT = 7, 32
_SIDE = _GRID * _FRAGMENT


def sampled(frames: int, parts: int, length: int, step: int = 2) -> np.ndarray:
    """The numbers of the frames that are looked at, of so many: the clip is cut into equal parts, in each are `length`
    frames, every `step`-th one: int64 (parts * length,). A clip that is too short begins anew.
    """
    each = frames // parts
    first = np.arange(parts) * each + max(0, each - length * step) // 2
    return (first[:, None] + np.arange(length) * step).ravel() % frames


def whole(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 (H, W, 3), squashed: (224, 224, 3)."""
    height, width = picture.shape[:2]
    return warp(picture, crop_matrix(np.array([0, 0, width, height]), (_SIDE, _SIDE)), (_SIDE, _SIDE), "edge")


def fragments(picture: np.ndarray) -> np.ndarray:
    """A picture's pixels as they are, 32 x 32 out of each of 7 x 7 cells: uint8 (224, 224, 3). One whose shorter side
    has fewer than 224 pixels is enlarged first (and cut by its new size: the authors' code goes on with the old one).
    """
    shortest = min(picture.shape[:2])
    if shortest < _SIDE:
        height, width = (max(_SIDE, round(side * _SIDE / shortest)) for side in picture.shape[:2])
        picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_LINEAR)
    rows, columns = (_starts(side) for side in picture.shape[:2])
    return np.ascontiguousarray(picture[rows[:, None], columns])


def _starts(side: int) -> np.ndarray:
    """The 224 rows, or columns, that are taken of so many."""
    cell = side // _GRID
    first = np.arange(_GRID) * cell + max(0, cell - _FRAGMENT) // 2
    return (first[:, None] + np.arange(_FRAGMENT)).ravel()
