"""The triangles of a face mesh: which three points span each, with the mouth and the eyes left open.

They are the Delaunay triangles of one face's points, seen from the front. A shut mouth or eye is opened first: where
its lids or lips touch, a triangle would span both, and be torn when another face opens them.
"""

from __future__ import annotations

import cv2
import numpy as np

#: The openings of MediaPipe's 468-point mesh, each a ring of points from one corner along the lower side to the other
#: and back along the upper one: mouth within the lips, the person's right eye, the left one.
MOUTH = [78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191]
RIGHT_EYE = [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246]
LEFT_EYE = [362, 382, 381, 380, 374, 373, 390, 249, 263, 466, 388, 387, 386, 385, 384, 398]
OPENINGS = (MOUTH, RIGHT_EYE, LEFT_EYE)
#: The next ring about the mouth, on the lips, which curl in: it may be seen within the mouth's own.
_LIPS = [62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292, 407, 272, 271, 268, 12, 38, 41, 42, 183]
#: The ends of the face at its widest, before the person's right ear and the left one.
SIDES = (234, 454)
#: Around brows, eyes, nose and mouth: the outermost points of the brows and of the lips.
FEATURES = [46, 70, 63, 105, 334, 293, 300, 276, 291, 409, 17, 61, 185]
#: The highest points of the brows.
BROWS = [105, 334]
#: How far an opening is opened, the half height of an ellipse over its half width: for the ring, and for all else.
_OPEN, _AROUND = 0.5, 0.65
_LEAST = 1e-6


def triangles(points: np.ndarray) -> np.ndarray:
    """The triangles of a face, int32 (T, 3), whose points (468, 2) are as seen from the front, x right, y down; all
    turn the same way, clockwise in the picture.
    """
    from scipy.spatial import Delaunay  # a quarter of a second, which no command waits for that only lists the stages

    flat = np.asarray(points, np.float64)
    for ring in OPENINGS:
        flat = _opened(flat, ring, _LIPS if ring is MOUTH else [])
    found = Delaunay(flat).simplices
    spans = np.zeros(len(found), bool)
    for ring in OPENINGS:
        spans |= np.isin(found, ring).all(axis=1)
    found = found[~spans]
    turned = turns(flat, found) < 0
    found[turned] = found[turned][:, ::-1]
    return found.astype(np.int32)


def turns(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Twice the area of triangles (T, 3) of points (N, 2), float64 (T,): positive where they turn clockwise, seen in a
    picture whose y points down.
    """
    first, second, third = (points[corners[:, number], :2].astype(np.float64) for number in range(3))
    (ax, ay), (bx, by) = (second - first).T, (third - first).T
    return ax * by - ay * bx


def opening(points: np.ndarray, ring: list[int]) -> float:
    """How far an opening is open: its largest height over its width."""
    half = len(ring) // 2
    heights = points[ring[1:half], :2] - points[ring[half + 1 :][::-1], :2]
    width = np.linalg.norm(points[ring[0], :2] - points[ring[half], :2])
    return float(np.linalg.norm(heights, axis=1).max() / max(float(width), 1e-6))


def filled(shown: np.ndarray) -> np.ndarray:
    """A mask, bool or uint8 (h, w), without its holes: uint8, 0 or 1."""
    outlines, _ = cv2.findContours(shown.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return cv2.drawContours(np.zeros(shown.shape, np.uint8), outlines, -1, 1, cv2.FILLED)


def _opened(points: np.ndarray, ring: list[int], lips: list[int]) -> np.ndarray:
    """The points (N, 2) once a ring, taken as a slit from corner to corner, is an ellipse; far off they hardly move,
    and none passes another. Those of `lips` stand outside of it, each on its side.
    """
    half = len(ring) // 2
    left, right = points[ring[0]], points[ring[half]]
    middle, along = (left + right) / 2, (right - left) / 2
    reach = float(np.linalg.norm(along))
    across = np.array([-along[1], along[0]]) / reach
    x, y = (points - middle) @ along / reach**2, (points - middle) @ across / reach
    lower, upper = ring[1:half], ring[half + 1 :][::-1]
    slit = np.interp(x, [-1, *(x[lower] + x[upper]) / 2, 1], [0, *(y[lower] + y[upper]) / 2, 0])
    off = y - slit
    for side, part in ((1, slice(1, half)), (-1, slice(half + 1, None))):
        off[lips[part]] = side * np.maximum(side * off[lips[part]], _LEAST)
        off[ring[part]] = side * _LEAST
    opened = np.full(len(points), _AROUND)
    opened[ring] = _OPEN
    y = slit + np.sign(off) * np.sqrt(off**2 + opened**2 * np.clip(1 - x**2, 0, None))
    return middle + np.outer(x, along) + np.outer(y * reach, across)
