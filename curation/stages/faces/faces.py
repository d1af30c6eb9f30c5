"""The stage `faces`: boxes, five points and tracks of all faces in all frames, by MTCNN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceTable
from faceshards.curation.stages.faces.tracks import Tracks
from faceshards.errors import UsageError
from faceshards.media.geometry import iou
from faceshards.shards.schema.scalars import Scalar

if TYPE_CHECKING:
    from faceshards.models.detections import Detections
    from faceshards.models.nets.mtcnn import MTCNN

#: The model files of `load_mtcnn`.
MTCNN_WEIGHTS = ("mtcnn_pnet", "mtcnn_rnet", "mtcnn_onet")
#: Two boxes of one frame that overlap more are one face.
SAME_FACE = 0.5


@dataclass(frozen=True)
class FacesParams:
    """`min_face`: smallest face that the cascade looks for, in pixels of the clip's own frame; `every`: how often the
    whole cascade runs, in frames.
    """

    min_face: int = 40
    every: int = 10

    def __post_init__(self) -> None:
        if self.every < 1:
            raise UsageError(f"faces.every must be at least 1, got {self.every}")


class Faces(Stage[FacesParams]):
    """The whole cascade runs on every `every`-th frame, on the frame in which a face is lost, and while none is
    in view; on the others the last network alone moves each face on from its box in the frame before.
    """

    name = "faces"
    version = 2  # sees pictures upright, as the display matrix turns them
    makes = (FACES,)
    scores = (
        Scalar("face_share", pa.float64(), "0..1", "faces", "frames with a face over all frames"),
        Scalar("faces_max", pa.int64(), "", "faces", "most faces in one frame"),
        Scalar("tracks", pa.int64(), "", "faces", "faces followed over time"),
    )
    weights = MTCNN_WEIGHTS

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the three networks. Raises WeightsError, and StageError for a `min_face` that is too small."""
        self._net = load_mtcnn(self.params.min_face)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: an empty table and a face share of 0."""
        tracks, table = Tracks(memory=self.params.every), FaceTable()
        async for chunk in clip.frames():
            before = len(table)
            await clip.thread(self._followed, chunk.numbers.tolist(), chunk.pictures, tracks, table)
            out.tell(FACES.name, int(chunk.numbers[-1]), table.rows_from(before))
        out.put(FACES.name, table.record())
        out.score(**table.scores(), tracks=tracks.count)

    def _followed(self, numbers: list[int], pictures: np.ndarray, tracks: Tracks, table: FaceTable) -> None:
        """The faces of some frames, which depend on those of the frames before."""
        for number, frame in zip(numbers, pictures, strict=True):
            found, full = self._look(frame, number, tracks)
            owners = [track.number for track in tracks.assign(found.boxes, number)]
            table.add(frame.shape, number, owners, found, full)

    def _look(self, frame: np.ndarray, number: int, tracks: Tracks) -> tuple[Detections, np.ndarray]:
        """The faces of a frame, and which of them the whole cascade found."""
        boxes = np.array([track.box for track in tracks.active(number)], np.float32).reshape(-1, 4)
        moved = self._net.refine(frame, boxes)
        kept = moved.take(_distinct(moved, moved.scores > self._net.thresholds[2]))
        if len(boxes) and len(kept) == len(boxes) and number % self.params.every:
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
