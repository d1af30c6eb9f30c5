"""Arithmetic on face boxes: float32 (D, 4), x1 y1 x2 y2 in pixels, x2 - x1 is the width."""

from __future__ import annotations

from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from faceshards.models.detections import Floats


def kept_by_nms(
    boxes: Floats, scores: Floats, overlap: float, over: Literal["union", "smaller"] = "union"
) -> npt.NDArray[np.intp]:
    """Rows that greedy non-maximum suppression keeps, best score first (ties: lower row first).

    A box goes when its intersection with a better kept box exceeds `overlap` of their union, or of the smaller one.
    """
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while waiting.size:
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        sides = np.minimum(boxes[best, 2:], boxes[waiting, 2:]) - np.maximum(boxes[best, :2], boxes[waiting, :2])
        shared = np.prod(np.maximum(sides, 0), axis=1)
        union, smaller = areas[best] + areas[waiting] - shared, np.minimum(areas[best], areas[waiting])
        waiting = waiting[shared <= overlap * (union if over == "union" else smaller)]
    return np.array(kept, np.intp)


def moved(boxes: Floats, offsets: Floats) -> Floats:
    """Boxes with each edge moved by its offset, which is in widths (x) and heights (y) of the box."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return boxes + offsets * np.concatenate([sides, sides], axis=1)


def squared(boxes: Floats) -> Floats:
    """The smallest squares around the boxes with the same centres, on whole pixels."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    sides = np.maximum(1, np.rint((boxes[:, 2:] - boxes[:, :2]).max(axis=1, keepdims=True, initial=0)))
    corners = np.rint(centres - sides / 2)
    return np.concatenate([corners, corners + sides], axis=1).astype(np.float32)


def cut(frame: npt.NDArray[np.uint8], box: Floats, size: int) -> np.ndarray:
    """The pixels of one whole-pixel box, resized to uint8 (size, size, 3); black where it leaves the frame."""
    height, width = frame.shape[:2]
    x1, y1, x2, y2 = (int(edge) for edge in box)
    inside: np.ndarray = frame[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)]
    if inside.shape[:2] != (y2 - y1, x2 - x1):
        if inside.size == 0:
            return np.zeros((size, size, 3), np.uint8)
        edges = (max(0, -y1), max(0, y2 - height), max(0, -x1), max(0, x2 - width))
        inside = cv2.copyMakeBorder(inside, *edges, cv2.BORDER_CONSTANT)
    return cv2.resize(inside, (size, size), interpolation=cv2.INTER_AREA)
