"""What becomes of a driver's pictures: which part of each is kept, how they are squeezed, and that they are grey.

The same on the processor, of RGB (`touched`), and on any device, of planes (`views.portraits.finish`).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

#: What R, G and B count in grey: ITU-R BT.601, as MegActor's trainers have it.
GREY = (0.2989, 0.5870, 0.1140)
#: How much of the face's square is added to it, above and below (MegActor v1).
ABOVE, BELOW = 0.4, 0.1
#: Between which the shape and the scale of a squeezed picture are drawn.
_RANGE = (0.8, 1.2)


@dataclass(frozen=True)
class Touch:
    """`kept` int64 (F, 4): x1 y1 x2 y2 in pixels, black elsewhere; `size` (width, height) to which each picture is
    brought before it is set in the middle of what it was.
    """

    kept: np.ndarray
    size: tuple[int, int]


def whole(count: int, side: int) -> np.ndarray:
    """The boxes of pictures that are kept whole."""
    return np.tile(np.array([0, 0, side, side]), (count, 1))


def about_faces(boxes: np.ndarray, side: int) -> np.ndarray:
    """int64 (F, 4): the square about each face's box (F, 4), its top moved up by 0.4 of it, its bottom down by 0.1,
    within a picture of `side`.
    """
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True) / 2
    low, high = middle - half, middle + half
    low[:, 1] -= ABOVE * 2 * half[:, 0]
    high[:, 1] += BELOW * 2 * half[:, 0]
    return np.clip(np.round(np.concatenate([low, high], axis=1)), 0, side).astype(np.int64)


def squeezed(side: int, dice: np.random.Generator) -> tuple[int, int]:
    """A size (width, height): one side of the shape r = U(0.8, 1.2) shrinks (the width by r below 1, the height by
    1 / r above it), then both are scaled by U(0.8, 1.2).

    MegActor v1 and Sigma; they also draw a turn, a perspective and a mirror, and never apply them.
    """
    shape, scale = dice.uniform(*_RANGE, 2)
    return round(side * scale * min(shape, 1.0)), round(side * scale / max(shape, 1.0))


def grey(pictures: np.ndarray) -> np.ndarray:
    """uint8 (F, H, W) of pictures uint8 (F, H, W, 3) RGB."""
    count, height, width, _ = pictures.shape
    return cv2.transform(pictures.reshape(count * height, width, 3), np.array([GREY])).reshape(count, height, width)


def touched(greys: np.ndarray, touch: Touch) -> np.ndarray:
    """uint8 (F, 3, S, S), all three channels equal, of grey pictures (F, S, S)."""
    out = np.zeros((len(greys), 3, *greys.shape[1:]), np.uint8)
    for picture, (left, top, right, bottom), one in zip(greys, touch.kept.tolist(), out, strict=True):
        one[0, top:bottom, left:right] = picture[top:bottom, left:right]
        if touch.size != picture.shape[::-1]:
            _set(one[0], cv2.resize(one[0], touch.size, interpolation=cv2.INTER_LINEAR))
        one[1:] = one[0]
    return out


def middles(side: int, other: int) -> tuple[slice, slice]:
    """Where a line of `other` pixels stands in the middle of one of `side`, and which part of it is seen there."""
    begin = (side - other) // 2
    seen = min(side, other)
    return slice(max(0, begin), max(0, begin) + seen), slice(max(0, -begin), max(0, -begin) + seen)


def _set(out: np.ndarray, picture: np.ndarray) -> None:
    """Sets a picture in the middle of another, on black."""
    (rows, seen_rows), (columns, seen_columns) = (
        middles(mine, other) for mine, other in zip(out.shape, picture.shape, strict=True)
    )
    out[:] = 0
    out[rows, columns] = picture[seen_rows, seen_columns]
