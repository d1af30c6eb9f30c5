"""The 72 points that Speech-to-face learns, of the 68: as the package face_recognition lists them, lips twice over.

Chin 17, brows 5 and 5, nose's ridge 4 and tip 5, eyes 6 and 6, upper lip 12, lower lip 12
(face_recognition/api.py, face_landmarks; Speech-to-face, image_face_landmarks.py).
"""

from __future__ import annotations

import numpy as np

#: Point of the 72 -> point of the 68.
FROM_68 = (*range(55), 64, 63, 62, 61, 60, *range(54, 60), 48, 60, 67, 66, 65, 64)
#: The side of the picture in whose pixels they are; it counts from the first pixel's centre.
SIDE = 224


def points_72(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The 72 points, float32 (R, 72, 2), of 68 points (R, 68, 2) in frames of `size` (width, height), in the pixels of
    the whole frame squashed to 224 x 224, as Speech-to-face squashes its pictures.
    """
    scale = np.divide(SIDE, size, dtype=np.float64)
    return (points[:, list(FROM_68)] * scale - 0.5).astype(np.float32)
