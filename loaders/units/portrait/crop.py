"""The square that a portrait shows."""

from __future__ import annotations

import numpy as np

from faceshards.errors import ClipError
from faceshards.loaders.units.portrait.rule import PortraitCrop

# Half of the square's width over the longer side of the face's box, and what of it is above and below: MegActor
# Sigma's filter of faces (left and right, above, below).
_MARGINS = np.array([1.25, 1.5, 1.25, 1.0])
#: Each margin is drawn from so much to so much of itself.
_BREATH = (0.8, 1.2)


def square(crop: PortraitCrop, boxes: np.ndarray, size: tuple[int, int], dice: np.random.Generator) -> np.ndarray:
    """The square x1 y1 x2 y2 about the union of boxes (n, 4) in a picture of `size`, at even pixels: int64 (4,).

    "widest" (MegActor v1): centred at the union's centre, to the nearest edge of the picture; where that is too little
    for the union (it stands at an edge; there v1 cuts faces in two) it is as large as the union and moved inwards.
    "margins" (Sigma): the union's longer side times 1.25 to the left and right, 1.5 upwards, 1.0 downwards from its
    centre, each times U(0.8, 1.2), cut off at the picture's edge; of that the largest square about its centre.
    Raises ClipError `bad-column` for boxes outside of the picture.
    """
    low, high = np.clip(boxes[:, :2].min(axis=0), 0, size), np.clip(boxes[:, 2:].max(axis=0), 0, size)
    if not (high > low).all():
        raise ClipError("bad-column", f"the face's boxes lie outside of a picture of {size[0]}x{size[1]}")
    middle = (low + high) / 2
    if crop == "widest":
        half = max(float(np.minimum(middle, size - middle).min()), float((high - low).max()) / 2)
    else:
        reach = (high - low).max() * _MARGINS * dice.uniform(*_BREATH, 4)
        first, last = np.maximum(middle - reach[:2], 0), np.minimum(middle + reach[2:], size)
        middle, half = (first + last) / 2, float((last - first).min()) / 2
    side = max(2, int(min(2 * half, *size)) // 2 * 2)
    begin = np.clip(2 * np.round((middle - side / 2) / 2), 0, (np.array(size) - side) // 2 * 2).astype(np.int64)
    return np.concatenate([begin, begin + side])


def moved(points: np.ndarray, square: np.ndarray, side: int) -> np.ndarray:
    """Points (..., 2) of the picture, in pixels of the square drawn `side` large."""
    return (points - square[:2]) * (side / (square[2] - square[0]))
