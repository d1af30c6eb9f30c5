"""Points in COCO's order as the 134 of OpenPose's order, which the column holds."""

from __future__ import annotations

import numpy as np

#: Points of a row of the column.
POINTS = 134
#: How many points a pose network may tell: COCO's body, or COCO-WholeBody, which begins with it.
TOLD = (17, 133)

_LEFT_SHOULDER, _RIGHT_SHOULDER = 5, 6
_VISIBLE = 0.3
# Place 1 is the neck, which COCO lacks; what stands at the other places of OpenPose's body (DWPose, wholebody.py).
_BODY = (0, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
_PLACES = (0, *range(2, 18))


def in_openpose_order(points: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points (R, 17 or 133, 2) and scores (R, 17 or 133) as float32 (R, 134, 2) and (R, 134).

    The neck lies between the shoulders; its score is 1 where both are seen, else 0. What 17 points do not tell is 0.
    """
    count = points.shape[1]
    order, known = np.zeros((len(points), POINTS, 2), np.float32), np.zeros((len(points), POINTS), np.float32)
    order[:, _PLACES], known[:, _PLACES] = points[:, _BODY], scores[:, _BODY]
    order[:, 18 : count + 1], known[:, 18 : count + 1] = points[:, 17:], scores[:, 17:]
    shoulders = [_LEFT_SHOULDER, _RIGHT_SHOULDER]
    order[:, 1] = points[:, shoulders].mean(axis=1)
    known[:, 1] = (scores[:, shoulders] > _VISIBLE).all(axis=1)
    return order, known
