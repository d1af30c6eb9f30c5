"""The stage `gaze`: where the eyes of the face that `landmarks` follows look, by its irises or by a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Made, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.gaze.irises import gaze_of
from faceshards.curation.stages.gaze.networks import NETWORKS, GazeNetwork
from faceshards.curation.stages.gaze.spread import megactor_frames, megactor_variance, spread
from faceshards.curation.stages.landmark_rows import landmark_rows
from faceshards.errors import UsageError
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

# The backend that looks at no picture.
_IRISES = "irises"


def _variance(backend: str) -> Scalar:
    doc = f"what MegActor's eye filter compares with 200, by {backend}; large where a gaze crosses the horizon"
    return Scalar(f"gaze_variance_{backend}", pa.float64(), "degrees^2", "gaze", doc)


@dataclass(frozen=True)
class GazeParams:
    """`backend`: irises (where they stand, and how the mesh of `landmarks` is turned), adas (gaze-estimation-adas-0002,
    which sees both eyes), or l2cs (L2CS-Net, which sees the face).
    """

    backend: str = _IRISES


class Gaze(Stage[GazeParams]):
    """By the irises and the head's turn (`irises`), where a blink looks like a look downwards; or by a network."""

    name = "gaze"
    version = 3  # the head's angles count from the line of sight
    makes = (
        Column(
            "gaze.npy",
            "npy",
            "float32",
            "(R, 2)",
            "radians",
            "yaw towards the picture's right, pitch upwards",
            "gaze",
            "where the eyes of each row of `landmarks.npy` look, seen from the camera",
            "landmarks_frame.npy",
        ),
    )
    scores = (
        Scalar(
            "gaze_spread", pa.float64(), "degrees", "gaze", "root of the summed variances of yaw and pitch over frames"
        ),
        *(_variance(name) for name in (_IRISES, *NETWORKS)),
    )

    def __init__(self, params: GazeParams | None = None) -> None:
        super().__init__(params)
        network = NETWORKS.get(self.params.backend)
        self.weights = () if network is None else (network.weights,)
        self.runtimes = () if network is None else (network.runtime,)

    def planned(self) -> Gaze:
        """As it is. Raises UsageError for a backend that there is not."""
        if self.params.backend not in (_IRISES, *NETWORKS):
            names = ", ".join((_IRISES, *NETWORKS))
            raise UsageError(f"gaze.backend must be one of {names}, got {self.params.backend!r}")
        return self

    def needs(self) -> tuple[Need, ...]:
        """The points of the face, whole, or as they are found beside the pictures."""
        if self.params.backend == _IRISES:
            return (Made("landmarks.npy"), Made("landmarks_frame.npy"))
        return (Frames(), Live("landmarks.npy"), Live("landmarks_frame.npy"))

    def setup(self) -> None:
        """Loads the network where one is asked for. Raises WeightsError, StageError."""
        if self.params.backend != _IRISES:
            kind = NETWORKS[self.params.backend]
            self._network: GazeNetwork = kind(find(kind.weights), self.device)

    def networks(self) -> dict[str, Net]:
        """The network, where one is asked for: a row at a time."""
        return {} if self.params.backend == _IRISES else {"gaze": Net(self._network.run)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: no rows, and no scores."""
        if self.params.backend == _IRISES:
            numbers = clip.column("landmarks_frame.npy")
            gaze = await clip.thread(gaze_of, clip.column("landmarks.npy"), clip.size)
        else:
            gaze, numbers = await self._looked_at(clip)
        out.put("gaze.npy", gaze)
        if len(gaze):
            out.score(gaze_spread=round(spread(gaze), 3))
        looked_at = megactor_frames(numbers)
        if looked_at.any():
            out.score(**{f"gaze_variance_{self.params.backend}": round(megactor_variance(gaze[looked_at]), 3)})

    async def _looked_at(self, clip: StageClip) -> tuple[np.ndarray, np.ndarray]:
        """Yaw and pitch (R, 2) by the network, and frames (R,)."""
        found, numbers = [np.zeros((0, 2), np.float32)], [np.zeros(0, np.int64)]
        async for chunk in clip.frames():
            rows = await landmark_rows(clip, chunk)
            for picture, mesh in zip(rows.pictures, rows.points, strict=True):
                (gaze,) = await self.nets["gaze"](*self._network.seen(picture, mesh))
                found.append(gaze)
            numbers.append(rows.numbers)
        return np.concatenate(found), np.concatenate(numbers)
