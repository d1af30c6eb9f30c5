"""What finds the faces of a frame, be it by looking everywhere, be it by following those of the frame before."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import numpy.typing as npt

from faceshards.media.geometry import iou
from faceshards.models.detections import Detections, Frame

#: The faces of a frame, and of each, bool (D,), whether it was found by a look at the whole frame.
Looked = tuple[Detections, npt.NDArray[np.bool_]]
#: Two boxes of one frame that overlap more are one face.
SAME_FACE = 0.5


class Finder(Protocol):
    """A detector, as the stage uses it; several threads may at a time."""

    def look(self, frame: Frame, before: Detections, everywhere: bool) -> Looked:
        """The faces of a frame, uint8 (H, W, 3) RGB, `before` being those of the frame before; `everywhere`: also where
        it saw none before.
        """
        ...


class EachFrame:
    """A detector that looks at each frame as if it were the first. Faces whose longer side is less than `min_face`
    pixels are left out.
    """

    def __init__(self, detect: Callable[[Frame], Detections], min_face: int) -> None:
        self._detect, self._min_face = detect, min_face

    def look(self, frame: Frame, before: Detections, everywhere: bool) -> Looked:
        """See `Finder.look`."""
        found = large(self._detect(frame), self._min_face)
        return found, np.ones(len(found), bool)


def large(found: Detections, min_face: int) -> Detections:
    """The faces whose longer side is not less than `min_face` pixels."""
    return found.take((found.boxes[:, 2:] - found.boxes[:, :2]).max(axis=1, initial=0) >= min_face)


def distinct(found: Detections, alive: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """The mask `alive` without faces that have run onto a face of an earlier row."""
    overlaps = iou(found.boxes, found.boxes)
    kept = alive.copy()
    for row in np.nonzero(alive)[0]:
        kept[row] = not (overlaps[row, :row][kept[:row]] >= SAME_FACE).any()
    return kept


def joined(one: Detections, other: Detections) -> Detections:
    """The faces of both, in order."""
    pairs = ((one.boxes, other.boxes), (one.points, other.points), (one.scores, other.scores))
    return Detections(*(np.concatenate(pair) for pair in pairs))
