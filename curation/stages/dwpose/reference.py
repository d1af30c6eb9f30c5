"""The reference backend: DWPose's own two networks, or others of their kind, each frame by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceshards.curation.engine.network import Net, NetQueue
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.dwpose.columns import put_persons, put_points
from faceshards.curation.stages.dwpose.detector import Detector
from faceshards.curation.stages.dwpose.openpose import in_openpose_order
from faceshards.curation.stages.dwpose.pose import PoseNet, placed
from faceshards.media.video.chunks import Chunk
from faceshards.models.weights.registry import find

# Detectors of the registry that see pictures as YOLOX's first release did.
_FIRST_RELEASE = ("yolox_nano",)
# Rows that each network runs at, where its file allows it. 32 crops are 11 MB.
_PICTURES, _PERSONS, _CROPS = 4, 8, 32


@dataclass
class _Persons:
    """The persons of some frames: boxes (R, 4) and frames (R,), the surest of a frame first; how many were seen in
    each, before those beyond `most` were left out.
    """

    boxes: np.ndarray
    frames: np.ndarray
    seen: np.ndarray


class Reference:
    """A YOLOX, and a pose network that sees each of its persons, by their names in the registry. `least`: how sure the
    detector must be; `most`: persons of a frame that are looked at. Raises WeightsError, StageError.
    """

    def __init__(self, detector: str, pose: str, least: float, most: int, device: str = "cpu") -> None:
        self._least, self._most = least, most
        self._detector = Detector(find(detector), _PICTURES, first=detector in _FIRST_RELEASE, device=device)
        self._pose = PoseNet(find(pose), _PERSONS, device)
        #: How each comes to run several rows at a time (`RowNet.batching`).
        self.batching = (self._detector.batching, self._pose.batching)

    def networks(self) -> dict[str, Net]:
        """As many rows at a time as the model files allow."""
        return {
            "person": Net(self._detector.run, batch=self._detector.batch),
            "pose": Net(self._pose.run, batch=self._pose.batch),
        }

    async def look(self, clip: StageClip, out: Outlet, nets: Mapping[str, NetQueue]) -> list[int]:
        """Puts out the rows of a clip; how many persons were seen in each frame."""
        counts: list[int] = []
        async for chunk in clip.frames():
            found = await self._found(clip, chunk, nets["person"])
            counts += found.seen.tolist()
            put_persons(out, found.boxes, found.frames)
            for start in range(0, len(found.frames), _CROPS):
                part = slice(start, start + _CROPS)
                pictures = found.frames[part] - chunk.numbers[0]
                seen = self._looked_at(clip, chunk.pictures, pictures, found.boxes[part], nets["pose"])
                put_points(out, *await seen)
        return counts

    async def _found(self, clip: StageClip, chunk: Chunk, net: NetQueue) -> _Persons:
        """The persons in the pictures of a chunk."""
        small = await clip.thread(self._detector.letterboxed, chunk.pictures)
        boxes, scores = await net(small)
        size = (chunk.pictures.shape[2], chunk.pictures.shape[1])
        each = [self._detector.persons(one, sure, self._least, size) for one, sure in zip(boxes, scores, strict=True)]
        kept = [one[: self._most] for one in each]
        frames = np.repeat(chunk.numbers, [len(one) for one in kept])
        return _Persons(np.concatenate(kept), frames, np.array([len(one) for one in each]))

    async def _looked_at(
        self, clip: StageClip, pictures: np.ndarray, numbers: np.ndarray, boxes: np.ndarray, net: NetQueue
    ) -> tuple[np.ndarray, np.ndarray]:
        """The points of the persons in the boxes (n, 4) of those pictures that the numbers (n,) name, and scores."""
        matrices = np.stack([self._pose.matrix(box) for box in boxes])
        crops = await clip.thread(self._cut, pictures, numbers, matrices)
        points, scores = await net(crops)
        return in_openpose_order(placed(points, matrices), scores)

    def _cut(self, pictures: np.ndarray, numbers: np.ndarray, matrices: np.ndarray) -> np.ndarray:
        pairs = zip(numbers.tolist(), matrices, strict=True)
        return np.stack([self._pose.crop(pictures[number], matrix) for number, matrix in pairs])
