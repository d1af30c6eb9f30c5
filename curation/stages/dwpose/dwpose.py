"""The stage `dwpose`: the points of all persons in all frames, by a detector and a pose network on its crops."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.dwpose.columns import BOX, BOX_FRAME, DWPOSE_COLUMNS, FRAME, POINTS_COLUMN, SCORE
from faceshards.curation.stages.dwpose.detector import Detector
from faceshards.curation.stages.dwpose.openpose import POINTS, in_openpose_order
from faceshards.curation.stages.dwpose.pose import PoseNet, placed
from faceshards.errors import UsageError
from faceshards.media.video.chunks import Chunk
from faceshards.models.weights.registry import find
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.scalars import Scalar

# Detectors of the registry that see pictures as YOLOX's first release did.
_FIRST_RELEASE = ("yolox_nano",)
# Rows that each network runs at, where its file allows it. 32 crops are 11 MB.
_PICTURES, _PERSONS, _CROPS = 4, 8, 32


@dataclass(frozen=True)
class DwPoseParams:
    """`detector` and `pose` name model files of the registry (`faceshards weights`): a YOLOX, and a network of SimCC or
    heat maps of 17 or 133 points. `least`: how sure the detector must be of a person, 0 to 1. `most`: persons of a
    frame that are looked at, the surest ones.
    """

    detector: str = "yolox_l"
    pose: str = "dw-ll_ucoco_384"
    least: float = 0.3
    most: int = 10


@dataclass
class _Persons:
    """The persons of some frames: boxes (R, 4) and frames (R,), the surest of a frame first; how many were seen in
    each, before those beyond `most` were left out.
    """

    boxes: np.ndarray
    frames: np.ndarray
    seen: np.ndarray


class DwPose(Stage[DwPoseParams]):
    """Each frame by itself. Coordinates are in the frame's pixels; DWPose's own code counts from the first pixel's
    centre, and takes the whole picture for a person where it sees none: here such a frame has no row.
    """

    name = "dwpose"
    makes = DWPOSE_COLUMNS
    scores = (
        Scalar("persons", pa.int64(), "", "dwpose", "most persons in one frame"),
        Scalar("person_share", pa.float64(), "0..1", "dwpose", "frames with a person over all frames"),
    )
    weights = (DwPoseParams.detector, DwPoseParams.pose)

    def __init__(self, params: DwPoseParams | None = None) -> None:
        super().__init__(params)
        self.weights = (self.params.detector, self.params.pose)

    def planned(self) -> DwPose:
        """As it is. Raises UsageError for parameters that make no sense."""
        for parameter, name in zip(("detector", "pose"), self.weights, strict=True):
            if name not in WEIGHTS:
                raise UsageError(f"dwpose.{parameter} must be a name of `faceshards weights list`, got {name!r}")
        if self.params.most < 1 or not 0 <= self.params.least < 1:
            raise UsageError(
                f"dwpose.most must be at least 1 and dwpose.least from 0 to below 1, "
                f"got {self.params.most} and {self.params.least:g}"
            )
        return self

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads both networks, and finds out how many rows each takes at once. Raises WeightsError, StageError."""
        cv2.setNumThreads(1)
        name = self.params.detector
        self._detector = Detector(find(name), _PICTURES, first=name in _FIRST_RELEASE)
        self._pose = PoseNet(find(self.params.pose), _PERSONS)

    def networks(self) -> dict[str, Net]:
        """As many rows at a time as the model files allow."""
        return {
            "person": Net(self._detector.run, batch=self._detector.batch),
            "pose": Net(self._pose.run, batch=self._pose.batch),
        }

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Nobody is a result too: no rows, `persons` 0 and `person_share` 0."""
        counts: list[int] = []
        _put(out, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
        _put_points(out, np.zeros((0, POINTS, 2), np.float32), np.zeros((0, POINTS), np.float32))
        async for chunk in clip.frames():
            found = await self._found(clip, chunk)
            counts += found.seen.tolist()
            _put(out, found.boxes, found.frames)
            for start in range(0, len(found.frames), _CROPS):
                part = slice(start, start + _CROPS)
                pictures = found.frames[part] - chunk.numbers[0]
                _put_points(out, *await self._looked_at(clip, chunk.pictures, pictures, found.boxes[part]))
        share = sum(count > 0 for count in counts) / len(counts)
        out.score(persons=max(counts), person_share=round(share, 4))

    async def _found(self, clip: StageClip, chunk: Chunk) -> _Persons:
        """The persons in the pictures of a chunk."""
        small = await clip.thread(self._detector.letterboxed, chunk.pictures)
        boxes, scores = await self.nets["person"](small)
        size = (chunk.pictures.shape[2], chunk.pictures.shape[1])
        each = [
            self._detector.persons(one, sure, self.params.least, size) for one, sure in zip(boxes, scores, strict=True)
        ]
        kept = [one[: self.params.most] for one in each]
        frames = np.repeat(chunk.numbers, [len(one) for one in kept])
        return _Persons(np.concatenate(kept), frames, np.array([len(one) for one in each]))

    async def _looked_at(
        self, clip: StageClip, pictures: np.ndarray, numbers: np.ndarray, boxes: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """The points of the persons in the boxes (n, 4) of those pictures that the numbers (n,) name, and scores."""
        matrices = np.stack([self._pose.matrix(box) for box in boxes])
        crops = await clip.thread(self._cut, pictures, numbers, matrices)
        points, scores = await self.nets["pose"](crops)
        return in_openpose_order(placed(points, matrices), scores)

    def _cut(self, pictures: np.ndarray, numbers: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        pairs = zip(numbers.tolist(), matrices, strict=True)
        return np.stack([self._pose.crop(pictures[number], matrix) for number, matrix in pairs])


def _put(out: Outlet, boxes: np.ndarray, frames: np.ndarray) -> None:
    """Rows of persons."""
    for column, rows in ((BOX, boxes), (BOX_FRAME, frames), (FRAME, frames)):
        out.add(column.name, rows)


def _put_points(out: Outlet, points: np.ndarray, scores: np.ndarray) -> None:
    """The points of such rows."""
    out.add(POINTS_COLUMN.name, points)
    out.add(SCORE.name, scores)
