"""The stage `face_embeddings`: what a network says of the clip's face in each frame, for separators of speech."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Made, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.crop.rules import at_place
from faceshards.curation.stages.faces.table import FACES, FaceArrays, whole_table
from faceshards.curation.stages.identity.backends import BACKENDS
from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class FaceEmbeddingsParams:
    """`backend`: facenet (1792 numbers, as speech_separation takes them), dlib (128, embedded), arcface (512), vggface
    (4096) or mobilefacenet (128).
    """

    backend: str = "facenet"

    def __post_init__(self) -> None:
        if self.backend not in BACKENDS:
            raise UsageError(f"face_embeddings.backend must be one of {', '.join(BACKENDS)}, got {self.backend!r}")


class FaceEmbeddings(Stage[FaceEmbeddingsParams]):
    """One face of each frame: where the json holds `pos_x` and `pos_y` (AVSpeech's catalog) the one there, as `crop`
    finds it by that rule, else the main one. In a frame where it was not found its box is on the way between those
    around; `face_embeddings_share` says in how many it was: AVSpeech's preparation keeps clips where it is 1.
    """

    name = "face_embeddings"
    makes = (
        Column(
            "face_embeddings.npy",
            "npy",
            "float32",
            "(N, D)",
            "the backend's own",
            "a row a frame",
            "face_embeddings",
            "what the backend says of the clip's face in each frame: 1792 numbers of FaceNet, 128 of dlib, 512 of "
            "ArcFace, 4096 of VGG-Face",
        ),
    )
    scores = (
        Scalar(
            "face_embeddings_share",
            pa.float64(),
            "0..1",
            "face_embeddings",
            "frames in which the face was found over all",
        ),
    )

    def __init__(self, params: FaceEmbeddingsParams | None = None) -> None:
        super().__init__(params)
        self._backend = BACKENDS[self.params.backend]
        self.weights = self._backend.weights

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and all faces before them."""
        return (Frames(), Made(FACES.name))

    def setup(self) -> None:
        """Loads the backend. Raises WeightsError, StageError."""
        self._net = self._backend.opened()

    def networks(self) -> dict[str, Net]:
        """As many faces at a time as the backend takes."""
        return {"face": Net(self._net.run, batch=self._net.batch)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Fails as `no-face`; `bad-column` where the json holds no place in the picture."""
        faces, size, frames = whole_table(clip.column(FACES.name))
        path = FacePath.of(_the_face(faces, size, clip.facts), frames)
        if path is None:
            raise ClipError("no-face", f"the face is in none of {frames} frames")
        async for chunk in clip.frames():
            boxes, points = path.boxes[chunk.numbers], path.points[chunk.numbers]
            crops = await clip.thread(self._crops, chunk.pictures, boxes, points)
            (rows,) = await self.nets["face"](crops)
            out.add("face_embeddings.npy", rows)
        out.score(face_embeddings_share=round(float(path.seen.mean()), 4))

    def _crops(self, pictures: np.ndarray, boxes: np.ndarray, points: np.ndarray) -> np.ndarray:
        """What the network sees of some pictures (n, H, W, 3)."""
        return np.stack([self._net.crop(*one) for one in zip(pictures, boxes, points, strict=True)])


def _the_face(faces: FaceArrays, size: tuple[int, int], facts: Mapping[str, Any]) -> FaceArrays:
    """The faces, their boxes within the frame of (width, height); where the json says where one is, that one alone."""
    boxes = np.clip(faces.boxes.reshape(-1, 2, 2), 0, size).reshape(-1, 4)
    rows = np.flatnonzero((boxes[:, 2:] - boxes[:, :2] >= 1).all(axis=1))
    track = faces.track
    if facts.get("pos_x") is not None:
        rows, track = at_place(faces, size, facts), np.zeros_like(track)
    return FaceArrays(faces.frame[rows], track[rows], boxes[rows], faces.points[rows], faces.scores[rows])
