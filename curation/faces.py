"""The stage `faces`: boxes, five points and tracks of all faces in all frames, by MTCNN."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.face_table import FaceTable
from faceshards.curation.stage import FRAMES, Outcome, Stage
from faceshards.curation.tracks import Tracks
from faceshards.media.geometry import iou

if TYPE_CHECKING:
    from faceshards.models.detections import Detections
    from faceshards.models.nets.mtcnn import MTCNN

#: The model files of `load_mtcnn`.
MTCNN_WEIGHTS = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
#: Two boxes of one frame that overlap more are one face.
SAME_FACE = 0.5


@dataclass
class Faces(Stage):
    """The whole cascade runs on every `every`-th frame, on the frame in which a face is lost, and while none is
    in view; on the others the last network alone moves each face on from its box in the frame before.

    `min_face`: smallest face that the cascade looks for, in pixels of the clip's own frame.
    """

    name = "faces"
    version = 2  # sees pictures upright, as the display matrix turns them
    needs = (FRAMES,)
    makes = ("faces.msg",)
    scores = ("face_share", "faces_max", "tracks")
    weights = MTCNN_WEIGHTS

    min_face: int = 40
    every: int = 10
    _net: MTCNN = field(init=False, repr=False)

    def setup(self) -> None:
        """Loads the three networks. Raises WeightsError, and StageError for a `min_face` that is too small."""
        self._net = load_mtcnn(self.min_face)

    def one(self, clip: StageClip) -> Outcome:
        """No face is a result too: an empty table and a face share of 0."""
        frames = clip.frames
        tracks, table = Tracks(memory=self.every), FaceTable(frames.shape[2], frames.shape[1], len(frames))
        for number, frame in enumerate(frames):
            found, full = self._look(frame, number, tracks)
            table.add(number, [track.number for track in tracks.assign(found.boxes, number)], found, full)
        return Outcome({"faces.msg": table.record()}, {**table.scores(), "tracks": tracks.count})

    def _look(self, frame: np.ndarray, number: int, tracks: Tracks) -> tuple[Detections, np.ndarray]:
        """The faces of a frame, and which of them the whole cascade found."""
        boxes = np.array([track.box for track in tracks.active(number)], np.float32).reshape(-1, 4)
        moved = self._net.refine(frame, boxes)
        kept = moved.take(_distinct(moved, moved.scores > self._net.thresholds[2]))
        if len(boxes) and len(kept) == len(boxes) and number % self.every:
            return kept, np.zeros(len(kept), bool)
        found = self._net.detect(frame)
        missed = kept.take(iou(kept.boxes, found.boxes).max(axis=1, initial=0) < SAME_FACE)
        return joined(found, missed), np.arange(len(found) + len(missed)) < len(found)


def load_mtcnn(min_face: int) -> MTCNN:
    """The detector on the weights that the `mtcnn` package carries. Raises WeightsError, StageError."""
    import torch

    from faceshards.models.nets.mtcnn import MTCNN
    from faceshards.models.nets.mtcnn_networks import MtcnnWeights

    torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
    return MTCNN(MtcnnWeights.load(), min_face)


def _distinct(found: Detections, alive: np.ndarray) -> np.ndarray:
    """The mask without faces that have run onto a face of an earlier row."""
    overlaps = iou(found.boxes, found.boxes)
    kept = alive.copy()
    for row in np.nonzero(alive)[0]:
        kept[row] = not (overlaps[row, :row][kept[:row]] >= SAME_FACE).any()
    return kept


def joined(one: Detections, other: Detections) -> Detections:
    """The faces of both, in order."""
    pairs = ((one.boxes, other.boxes), (one.points, other.points), (one.scores, other.scores))
    return type(one)(*(np.concatenate(pair) for pair in pairs))
