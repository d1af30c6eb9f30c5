"""The stage `points68`: 68 points of the largest face, by MediaPipe's mesh, by PFLD, or of a whole-body pose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Made, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.curation.stages.points68.layout72 import points_72
from faceshards.curation.stages.points68.pose_faces import pose_faces
from faceshards.errors import UsageError
from faceshards.media.video.chunks import Chunk
from faceshards.models.sessions.face_layouts import points_68
from faceshards.models.sessions.pfld import Pfld, placed
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import PIXELS, Column
from faceshards.shards.schema.scalars import Scalar

#: Backend -> what it needs of a clip.
BACKENDS: dict[str, tuple[Need, ...]] = {
    "mesh": (Made("landmarks.npy"), Made("lids.npy"), Made("landmarks_score.npy"), Made("landmarks_frame.npy")),
    "pfld": (Frames(), Live(FACES.name)),
    "dwpose": (Made("dwpose.npy"), Made("dwpose_score.npy"), Made("dwpose_frame.npy")),
}
# Faces that PFLD runs at, where its file allows it.
_BATCH = 8
_SQUASHED = "the frame squashed to 224 x 224: x right, y down, 0 at the first pixel's centre"


@dataclass(frozen=True)
class Points68Params:
    """`backend`: mesh (MediaPipe's, by `landmarks`), pfld (on the boxes of `faces`) or dwpose (the face of its poses).
    `least`: how sure a pose's face must be on average, in the scores of `dwpose_score.npy`.
    """

    backend: str = "mesh"
    least: float = 0.3

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise UsageError(f"points68.least must be from 0 to 1, got {self.least:g}")


class Points68(Stage[Points68Params]):
    """The largest face of each frame, in iBUG's order of 68 points and in Speech-to-face's of 72."""

    name = "points68"
    makes = (
        Column(
            "points68.npy",
            "npy",
            "float32",
            "(R, 68, 2)",
            "px",
            PIXELS,
            "points68",
            "iBUG's 68 points of the largest face, as dlib counts: jaw 0-16, brows 17-26, nose 27-35, eyes 36-47, "
            "lips 48-67, each from the picture's left",
            "points68_frame.npy",
        ),
        Column(
            "points68_score.npy",
            "npy",
            "float32",
            "(R, 68)",
            "the backend's own",
            "",
            "points68",
            "how sure each point is: mesh and pfld, that it is a face, 0..1; dwpose, SimCC maxima, which may exceed 1",
            "points68_frame.npy",
        ),
        Column("points68_frame.npy", "npy", "int64", "(R,)", "frames", "", "points68", "the frame of each row"),
        Column(
            "points72.npy",
            "npy",
            "float32",
            "(R, 72, 2)",
            "px",
            _SQUASHED,
            "points68",
            "the same points in the layout of Speech-to-face's `_landmarks.npy`, a row of which is one of these, "
            "flattened",
            "points68_frame.npy",
        ),
    )
    scores = (Scalar("points68_share", pa.float64(), "0..1", "points68", "frames with the 68 points over all"),)

    def __init__(self, params: Points68Params | None = None) -> None:
        super().__init__(params)
        if self.params.backend == "pfld":
            self.weights, self.runtimes = ("pfld_68",), ("onnxruntime",)

    def planned(self) -> Points68:
        """As it is. Raises UsageError for a backend that there is not."""
        if self.params.backend not in BACKENDS:
            raise UsageError(f"points68.backend must be one of {', '.join(BACKENDS)}, got {self.params.backend!r}")
        return self

    def needs(self) -> tuple[Need, ...]:
        """By the backend: columns, or the pictures and the faces in them."""
        return BACKENDS[self.params.backend]

    def setup(self) -> None:
        """Loads PFLD where it is asked for. Raises WeightsError, StageError."""
        if self.params.backend == "pfld":
            self._pfld = Pfld(find("pfld_68"), _BATCH, self.device)

    def networks(self) -> dict[str, Net]:
        """PFLD, where it is asked for."""
        return {"pfld": Net(self._pfld.run, batch=self._pfld.batch)} if self.params.backend == "pfld" else {}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: no rows, and a share of 0."""
        if self.params.backend == "pfld":
            await self._by_pictures(clip, out)
            return
        points, sure, numbers = await clip.thread(self._by_columns, clip)
        for name, values in _columns(points, sure, numbers, clip.size).items():
            out.put(name, values)
        out.score(points68_share=round(len(numbers) / max(1, len(clip.timeline)), 4))

    def _by_columns(self, clip: StageClip) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points (R, 68, 2), scores (R, 68) and frames (R,), of the backends that look at no picture."""
        if self.params.backend == "dwpose":
            points, sure = clip.column("dwpose.npy"), clip.column("dwpose_score.npy")
            return pose_faces(points, sure, clip.column("dwpose_frame.npy"), self.params.least)
        points = points_68(clip.column("landmarks.npy"), clip.column("lids.npy"))
        sure = np.repeat(clip.column("landmarks_score.npy")[:, None], points.shape[1], axis=1)
        return points, sure, clip.column("landmarks_frame.npy")

    async def _by_pictures(self, clip: StageClip, out: Outlet) -> None:
        """PFLD, on the largest face of each frame."""
        frames = rows = 0
        async for chunk in clip.frames():
            faces = FaceArrays.of(await clip.rows(FACES.name, chunk))
            chosen = _largest(faces)
            points = await self._seen(chunk, faces.boxes[chosen], faces.frame[chosen])
            sure = np.repeat(faces.scores[chosen, None], points.shape[1], axis=1)
            size = chunk.pictures.shape[2], chunk.pictures.shape[1]
            for name, values in _columns(points, sure, faces.frame[chosen], size).items():
                out.add(name, values)
            frames, rows = frames + len(chunk.numbers), rows + len(chosen)
        out.score(points68_share=round(rows / frames, 4))

    async def _seen(self, chunk: Chunk, boxes: np.ndarray, numbers: np.ndarray) -> np.ndarray:
        """The 68 points of the faces in boxes (n, 4) of the frames of a chunk with these numbers (n,)."""
        matrices = [self._pfld.matrix(box) for box in boxes]
        pictures = chunk.pictures[numbers - chunk.numbers[0]]
        crops = [self._pfld.crop(one, matrix) for one, matrix in zip(pictures, matrices, strict=True)]
        if not crops:
            return np.zeros((0, 68, 2), np.float32)
        (points,) = await self.nets["pfld"](np.stack(crops))
        return np.stack([placed(one, matrix) for one, matrix in zip(points, matrices, strict=True)])


def _columns(points: np.ndarray, sure: np.ndarray, numbers: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    return {
        "points68.npy": points.astype(np.float32),
        "points68_score.npy": sure.astype(np.float32),
        "points68_frame.npy": numbers.astype(np.int64),
        "points72.npy": points_72(points, size),
    }


def _largest(faces: FaceArrays) -> np.ndarray:
    """The rows of the largest face of each frame, in the frames' order."""
    areas = np.prod(faces.boxes[:, 2:] - faces.boxes[:, :2], axis=1)
    order = np.lexsort((-areas, faces.frame))
    return order[np.unique(faces.frame[order], return_index=True)[1]]
