"""A face that a network drew, back in its frame: within a square that is worn away and softened at its edge.

The arithmetic of InsightFace's `INSwapper.get` (python-package/insightface/model_zoo/inswapper.py).
"""

from __future__ import annotations

import cv2
import numpy as np

from faceshards.media.geometry import apply, invert


def pasted(frame: np.ndarray, face: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """The frame, uint8 (H, W, 3), with `face`, uint8 (S, S, 3), which `matrix` (2, 3) cut out of it. A pixel beyond the
    square is as it was, as is a frame that it lies beyond.
    """
    side, back = face.shape[0], invert(matrix)
    corners = apply(back, np.array([[0, 0], [side, 0], [0, side], [side, side]]))
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(corners.max(axis=0)).astype(int) + 2, frame.shape[1::-1])
    if (high - low).min() < 1:
        return frame
    size = (int(high[0] - low[0]), int(high[1] - low[1]))
    # OpenCV counts from the first pixel's centre.
    shift = back[:, 2] + back[:, :2].sum(axis=1) / 2 - 0.5 - low
    place = np.column_stack([back[:, :2], shift])
    share = _softened(cv2.warpAffine(np.full((side, side), 255, np.float32), place, size))[..., None]
    inside = slice(low[1], high[1]), slice(low[0], high[0])
    mixed = share * cv2.warpAffine(face, place, size) + (1 - share) * frame[inside]
    result = frame.copy()
    result[inside] = np.rint(mixed).astype(np.uint8)
    return result


def _softened(white: np.ndarray) -> np.ndarray:
    """How much of the new face there is at each pixel, float32 (h, w), 0..1, by where its square lies, 0..255."""
    white[white > 20] = 255
    rows, columns = np.where(white == 255)
    if not len(rows):
        return white / 255
    size = int(np.sqrt(np.ptp(rows) * np.ptp(columns)))
    worn = max(size // 10, 10)
    white = cv2.erode(white, np.ones((worn, worn), np.uint8))
    soft = 2 * max(size // 20, 5) + 1
    return cv2.GaussianBlur(white, (soft, soft), 0) / 255
