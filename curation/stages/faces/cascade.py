"""Faces by MTCNN: the whole cascade now and then, its last network in between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from faceshards.curation.stages.faces.finder import SAME_FACE, Looked, distinct, joined
from faceshards.media.geometry import iou
from faceshards.models.detections import Detections, Frame

if TYPE_CHECKING:
    from faceshards.models.nets.mtcnn import MTCNN


class Cascade:
    """The last network alone moves each face on from its box in the frame before. The whole cascade runs where that is
    asked, on the frame in which a face is lost, and while none is in view.
    """

    def __init__(self, net: MTCNN) -> None:
        self._net = net

    def look(self, frame: Frame, before: Detections, everywhere: bool) -> Looked:
        """See `Finder.look`."""
        moved = self._net.refine(frame, before.boxes)
        kept = moved.take(distinct(moved, moved.scores > self._net.thresholds[2]))
        if len(before) and len(kept) == len(before) and not everywhere:
            return kept, np.zeros(len(kept), bool)
        found = self._net.detect(frame)
        missed = kept.take(iou(kept.boxes, found.boxes).max(axis=1, initial=0) < SAME_FACE)
        return joined(found, missed), np.arange(len(found) + len(missed)) < len(found)
