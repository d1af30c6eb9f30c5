"""The stage `dwpose`: the points of all persons in all frames."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.dwpose.columns import DWPOSE_COLUMNS, put_persons, put_points
from faceshards.curation.stages.dwpose.mediapipe import WEIGHTS as MEDIAPIPE
from faceshards.curation.stages.dwpose.mediapipe import MediaPipe
from faceshards.curation.stages.dwpose.openpose import POINTS
from faceshards.curation.stages.dwpose.reference import Reference
from faceshards.errors import UsageError
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.schema.scalars import Scalar

# Each backend, and how sure its detector must be.
_LEAST = {"mediapipe": 0.5, "dwpose": 0.3}


@dataclass(frozen=True)
class DwPoseParams:
    """`backend`: `mediapipe`, whose networks arrive by pip and follow persons from frame to frame, or `dwpose`, which
    looks at each frame by itself: a detector, then a network that sees each person. Of `dwpose` alone: `detector` and
    `pose` name model files of the registry (`faceshards weights`), a YOLOX, and a network of SimCC or heat maps of 17
    or 133 points. `least`: how sure the detector must be of a person, 0 to 1; 0.5 by `mediapipe`, 0.3 by `dwpose`.
    `most`: persons of a frame that are looked at, the surest ones.
    """

    backend: str = "mediapipe"
    detector: str = "yolox_l"
    pose: str = "dw-ll_ucoco_384"
    least: float | None = None
    most: int = 10


class DwPose(Stage[DwPoseParams]):
    """Coordinates are in the frame's pixels; DWPose's own code counts from the first pixel's centre, and takes the
    whole picture for a person where it sees none: here such a frame has no row.
    """

    name = "dwpose"
    makes = DWPOSE_COLUMNS
    scores = (
        Scalar("persons", pa.int64(), "", "dwpose", "most persons in one frame"),
        Scalar("person_share", pa.float64(), "0..1", "dwpose", "frames with a person over all frames"),
    )
    weights: tuple[str, ...] = MEDIAPIPE

    def __init__(self, params: DwPoseParams | None = None) -> None:
        params = params or DwPoseParams()
        #: How sure the detector must be.
        self.least = _LEAST.get(params.backend, 0.5) if params.least is None else params.least
        super().__init__(replace(params, least=self.least))
        if self.params.backend == "dwpose":
            self.weights, self.runtimes = (self.params.detector, self.params.pose), ("onnxruntime",)

    def planned(self) -> DwPose:
        """As it is. Raises UsageError for parameters that make no sense."""
        params, own = self.params, DwPoseParams()
        if params.backend not in _LEAST:
            raise UsageError(f"dwpose.backend must be one of {', '.join(_LEAST)}, got {params.backend!r}")
        for parameter in ("detector", "pose"):
            name = getattr(params, parameter)
            if name not in WEIGHTS:
                raise UsageError(f"dwpose.{parameter} must be a name of `faceshards weights list`, got {name!r}")
            if params.backend != "dwpose" and name != getattr(own, parameter):
                raise UsageError(
                    f"dwpose.{parameter}={name} is for the backend dwpose, got {params.backend}: "
                    "add --set dwpose.backend=dwpose"
                )
        if params.most < 1 or not 0 <= self.least < 1:
            raise UsageError(
                f"dwpose.most must be at least 1 and dwpose.least from 0 to below 1, "
                f"got {params.most} and {self.least:g}"
            )
        return self

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the networks. Raises WeightsError, StageError."""
        self._backend: MediaPipe | Reference
        params = self.params
        if params.backend == "dwpose":
            self._backend = Reference(params.detector, params.pose, self.least, params.most, self.device)
        else:
            self._backend = MediaPipe(self.least, params.most)

    def networks(self) -> dict[str, Net]:
        """Those of the backend."""
        return self._backend.networks()

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Nobody is a result too: no rows, `persons` 0 and `person_share` 0."""
        put_persons(out, np.zeros((0, 4), np.float32), np.zeros(0, np.int64))
        put_points(out, np.zeros((0, POINTS, 2), np.float32), np.zeros((0, POINTS), np.float32))
        counts = await self._backend.look(clip, out, self.nets)
        share = sum(count > 0 for count in counts) / len(counts)
        out.score(persons=max(counts), person_share=round(share, 4))
