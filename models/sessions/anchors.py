"""The anchors of MediaPipe's detectors: cells of a grid, and what is said of overlapping ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceshards.media.geometry import iou


def anchors(side: int, cells: Sequence[tuple[int, int]]) -> np.ndarray:
    """The centres of a square picture's anchors, x and y in its sides: float32 (A, 2), cell by cell, row by row;
    `cells`: how wide a cell is in pixels, and how many anchors it has (SsdAnchorsCalculator, fixed_anchor_size).
    """
    found = []
    for stride, each in cells:
        count = side // stride
        y, x = np.divmod(np.arange(count * count), count)
        found.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / count, each, axis=0))
    return np.concatenate(found).astype(np.float32)


def averaged(
    boxes: np.ndarray, points: np.ndarray, scores: np.ndarray, overlap: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Detections, boxes (D, 4), points (D, P, 2) and scores (D,), those that overlap the surest one by more than
    `overlap` averaged with it, each by its score, as NonMaxSuppressionCalculator does (WEIGHTED): the surest first,
    each with the score of its best.
    """
    waiting = np.argsort(-scores, kind="stable")
    found: list[tuple[np.ndarray, np.ndarray, float]] = []
    while waiting.size:
        near = iou(boxes[waiting[:1]], boxes[waiting])[0] > overlap
        near[0] = True
        group, weights = waiting[near], scores[waiting[near]] / scores[waiting[near]].sum()
        found.append((weights @ boxes[group], np.tensordot(weights, points[group], 1), scores[waiting[0]]))
        waiting = waiting[~near]
    count = len(found)
    return (
        np.array([one for one, _, _ in found], np.float32).reshape(count, 4),
        np.array([one for _, one, _ in found], np.float32).reshape(count, *points.shape[1:]),
        np.array([one for _, _, one in found], np.float32),
    )
