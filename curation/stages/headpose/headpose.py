"""The stage `headpose`: yaw, pitch and roll of the face that `landmarks` follows, by its points or by a network."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Made, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.headpose.calm import calm
from faceshards.curation.stages.headpose.head_angles import angles_of, head_rotations
from faceshards.curation.stages.landmark_rows import landmark_rows
from faceshards.errors import UsageError
from faceshards.models.sessions.adas import HeadPoseAdas
from faceshards.models.sessions.face_mesh import MESH_POINTS
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

#: Backend -> what it needs of a clip.
BACKENDS: dict[str, tuple[Need, ...]] = {
    "mesh": (Made("landmarks.npy"), Made("landmarks_frame.npy")),
    "adas": (Frames(), Live("landmarks.npy"), Live("landmarks_frame.npy")),
}
# Faces that the network runs at, where its file allows it.
_BATCH = 8
_CALM = {
    "movement": "100 less how far its five points move a frame, in percent of the frame's shorter side",
    "orientation": "100 less how far it is turned from the camera, in percent of half a turn",
    "completeness": "eyes (0.3), nose (0.4) and mouth (0.3) that are within the frame",
    "resolution": "30 times the face's share of the frame, in percent, at most 100",
    "rotation": "100 less how far it turns a frame, in percent of half a turn",
}


def _scalars() -> tuple[Scalar, ...]:
    turns = [
        ("head_yaw", "positive: towards the picture's right"),
        ("head_pitch", "positive: upwards"),
        ("head_roll", "positive: clockwise"),
    ]
    medians = [Scalar(name, pa.float64(), "degrees", "headpose", f"median over frames; {how}") for name, how in turns]
    for name, what in _CALM.items():
        medians.append(Scalar(f"talkvid_{name}", pa.float64(), "0..100", "headpose", f"{what}; mean over frames"))
        medians.append(Scalar(f"talkvid_{name}_min", pa.float64(), "0..100", "headpose", "the same, the worst frame"))
    return tuple(medians)


@dataclass(frozen=True)
class HeadPoseParams:
    """`backend`: mesh (perspective-n-points on the mesh of `landmarks`), or adas (head-pose-estimation-adas-0001, which
    sees the picture of the face about that mesh).
    """

    backend: str = "mesh"


class HeadPose(Stage[HeadPoseParams]):
    """Points of the mesh that speech does not move are brought onto MediaPipe's canonical face, or a network looks at
    the face; TalkVid's five scores of a head follow (`calm`).
    """

    name = "headpose"
    version = 2  # angles count from the line of sight
    makes = (
        Column(
            "headpose.npy",
            "npy",
            "float32",
            "(R, 3)",
            "degrees",
            "yaw towards the picture's right, pitch upwards, roll clockwise",
            "headpose",
            "how the head of each row of `landmarks.npy` stands to the camera",
            "landmarks_frame.npy",
        ),
    )
    scores = _scalars()

    def __init__(self, params: HeadPoseParams | None = None) -> None:
        super().__init__(params)
        if self.params.backend == "adas":
            self.weights, self.runtimes = ("headpose_adas_0001",), ("onnxruntime",)

    def planned(self) -> HeadPose:
        """As it is. Raises UsageError for a backend that there is not."""
        if self.params.backend not in BACKENDS:
            raise UsageError(f"headpose.backend must be one of {', '.join(BACKENDS)}, got {self.params.backend!r}")
        return self

    def needs(self) -> tuple[Need, ...]:
        """The points of the face, whole, or as they are found beside the pictures."""
        return BACKENDS[self.params.backend]

    def setup(self) -> None:
        """Loads the network where one is asked for. Raises WeightsError, StageError."""
        if self.params.backend == "adas":
            self._adas = HeadPoseAdas(find("headpose_adas_0001"), _BATCH, self.device)

    def networks(self) -> dict[str, Net]:
        """The network, where one is asked for."""
        return {"head": Net(self._adas.run, batch=self._adas.batch)} if self.params.backend == "adas" else {}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: no rows, and no scores."""
        size = clip.size
        if self.params.backend == "adas":
            points, angles, numbers = await self._looked_at(clip)
        else:
            points, numbers = clip.column("landmarks.npy"), clip.column("landmarks_frame.npy")
            angles = await clip.thread(_by_points, points, size)
        out.put("headpose.npy", angles)
        if len(points):
            out.score(**await clip.thread(_scores, points, angles, numbers, size))

    async def _looked_at(self, clip: StageClip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The points (R, 478, 3) of the face, its angles (R, 3) by the network, and frames (R,)."""
        found = []
        async for chunk in clip.frames():
            rows = await landmark_rows(clip, chunk)
            crops = [self._adas.crop(one, box_of(mesh)) for one, mesh in zip(rows.pictures, rows.points, strict=True)]
            angles = (await self.nets["head"](np.stack(crops)))[0] if crops else np.zeros((0, 3), np.float32)
            found.append((rows.points, angles, rows.numbers))
        points, turned, numbers = map(np.concatenate, zip(*found, strict=True))
        return points, turned, numbers


def box_of(mesh: np.ndarray) -> np.ndarray:
    """The box (4,), x1 y1 x2 y2, of a face by its points (478, 3)."""
    seen = mesh[:MESH_POINTS, :2].astype(np.float64)
    return np.concatenate([seen.min(axis=0), seen.max(axis=0)])


def _by_points(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    return angles_of(head_rotations(points, size))


def _scores(points: np.ndarray, angles: np.ndarray, numbers: np.ndarray, size: tuple[int, int]) -> dict[str, float]:
    scores = dict(zip(("head_yaw", "head_pitch", "head_roll"), np.median(angles, axis=0).tolist(), strict=True))
    for name, values in calm(points, angles, numbers, size).items():
        if len(values):
            scores |= {f"talkvid_{name}": float(values.mean()), f"talkvid_{name}_min": float(values.min())}
    return {name: round(value, 3) for name, value in scores.items()}
