"""Faces that move as they are told, for tests of what follows them. Not a test module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# Where the five points stand in a box, in its sides.
_FIVE = ((0.3, 0.4), (0.7, 0.4), (0.5, 0.6), (0.35, 0.8), (0.65, 0.8))


def table(boxes: Mapping[int, Mapping[int, Sequence[float]]], count: int) -> dict[str, Any]:
    """A value of `faces.msg`: track -> frame -> box."""
    rows = sorted((frame, track, list(map(float, box))) for track, seen in boxes.items() for frame, box in seen.items())
    points = [
        [[x1, y1], [x2, y1], [(x1 + x2) / 2, (y1 + y2) / 2], [x1, y2], [x2, y2]] for _, _, (x1, y1, x2, y2) in rows
    ]
    return {
        "size": [160, 120],
        "frames": count,
        "frame": [row[0] for row in rows],
        "track": [row[1] for row in rows],
        "box": [row[2] for row in rows],
        "points": points,
        "score": [1.0] * len(rows),
        "full": [True] * len(rows),
    }


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """uint8 (count, 120, 160, 3): noise that changes."""
    return np.random.default_rng(seed).integers(0, 256, (count, 120, 160, 3), np.uint8)
