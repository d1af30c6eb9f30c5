"""The stage `landmarks`: 478 points of the largest face, frame by frame, by MediaPipe's networks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import UsageError
from faceshards.media.geometry import apply, invert, letterbox, scale_of, warp
from faceshards.models.sessions import blazeface, face_mesh
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import PIXELS, Column
from faceshards.shards.schema.scalars import Scalar

# How far a square about a face reaches beyond its box, and one about an eye beyond its corners (MediaPipe's graphs
# face_landmark_landmarks_to_roi and iris_landmark_landmarks_to_roi).
_FACE_REACH, _EYE_REACH = 1.5, 2.3
_POINTS, _LIDS = face_mesh.MESH_POINTS + 2 * face_mesh.IRIS_POINTS, face_mesh.LID_POINTS


@dataclass(frozen=True)
class LandmarksParams:
    """`least`: how sure the mesh must be that it sees a face, 0 to 1; else it is looked for anew."""

    least: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise UsageError(f"landmarks.least must be from 0 to 1, got {self.least:g}")


@dataclass(frozen=True)
class _Face:
    """The face of a frame: its points, (478, 3), and lids, (2, 16, 2), x and y in the frame's pixels, and how sure it
    is.
    """

    points: np.ndarray
    lids: np.ndarray
    score: float


class Landmarks(Stage[LandmarksParams]):
    """A face is looked for where none is known, the largest is taken; then each frame's points say where it is in the
    next. Both irises are looked at in each frame.
    """

    name = "landmarks"
    version = 2  # tells the lids
    makes = (
        Column(
            "landmarks.npy",
            "npy",
            "float32",
            f"(R, {_POINTS}, 3)",
            "px; z in the same units, nearer is less",
            PIXELS,
            "landmarks",
            "MediaPipe's 468 points of the largest face, then five of the right and of the left iris",
            "landmarks_frame.npy",
        ),
        Column(
            "lids.npy",
            "npy",
            "float32",
            f"(R, 2, {_LIDS}, 2)",
            "px",
            PIXELS,
            "landmarks",
            "the lids of the person's right and left eye by the network that sees the irises, truer than the mesh: "
            "the lower lid from the outer corner to the inner one, then the upper lid without its corners",
            "landmarks_frame.npy",
        ),
        Column(
            "landmarks_score.npy",
            "npy",
            "float32",
            "(R,)",
            "0..1",
            "",
            "landmarks",
            "how sure it is a face",
            "landmarks_frame.npy",
        ),
        Column("landmarks_frame.npy", "npy", "int64", "(R,)", "frames", "", "landmarks", "the frame of each row"),
    )
    scores = (Scalar("landmarks_share", pa.float64(), "0..1", "landmarks", "frames with landmarks over all"),)
    weights = ("face_detection_short_range", "face_landmark", "iris_landmark")

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the three networks, and what reads their scores. Raises WeightsError, StageError."""
        import_module("scipy.special")
        self._blaze = blazeface.BlazeFace(find("face_detection_short_range"))
        self._mesh, self._iris = face_mesh.FaceMesh(find("face_landmark")), face_mesh.Iris(find("iris_landmark"))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """No face is a result too: no rows, and a share of 0."""
        face: _Face | None = None
        frames = rows = 0
        async for chunk in clip.frames():
            # Each frame waits for the one before it, and LiteRT has no batches: a chunk is a matter of one thread.
            found, face = await clip.thread(self._followed, chunk.numbers.tolist(), chunk.pictures, face)
            numbers = np.array([number for number, _ in found], np.int64)
            points = np.array([one.points for _, one in found], np.float32).reshape(-1, _POINTS, 3)
            out.tell("landmarks.npy", int(chunk.numbers[-1]), {"frame": numbers, "landmarks.npy": points})
            out.add("landmarks.npy", points)
            out.add("lids.npy", np.array([one.lids for _, one in found], np.float32).reshape(-1, 2, _LIDS, 2))
            out.add("landmarks_score.npy", np.array([one.score for _, one in found], np.float32))
            out.add("landmarks_frame.npy", numbers)
            frames, rows = frames + len(chunk.numbers), rows + len(found)
        out.score(landmarks_share=round(rows / frames, 4))

    def _followed(
        self, numbers: list[int], pictures: np.ndarray, face: _Face | None
    ) -> tuple[list[tuple[int, _Face]], _Face | None]:
        """The frames that show a face, given that of the frame before; and the face of the last one."""
        found = []
        for number, picture in zip(numbers, pictures, strict=True):
            face = self._face(picture, face)
            if face is not None:
                found.append((number, face))
        return found, face

    def _face(self, picture: np.ndarray, before: _Face | None) -> _Face | None:
        """The face of a picture: followed from the one before, or found."""
        for square in (None if before is None else _around(before.points), None):
            square = square if square is not None else self._found(picture)
            if square is not None and (face := self._seen(picture, square)) is not None:
                return face
        return None

    def _found(self, picture: np.ndarray) -> np.ndarray | None:
        """The matrix (2, 3) that cuts out the largest face of a picture."""
        small, matrix = letterbox(picture, (blazeface.SIDE, blazeface.SIDE))
        regressors, logits = self._blaze.run(small[None])
        boxes, points, _ = self._blaze.faces(regressors[0], logits[0])
        if not len(boxes):
            return None
        sides = boxes[:, 2:] - boxes[:, :2]
        best = int(sides.prod(axis=1).argmax())
        back = invert(matrix)
        low, high = apply(back, boxes[best].reshape(2, 2))
        eyes = apply(back, points[best][[blazeface.RIGHT_EYE, blazeface.LEFT_EYE]])
        side = float((high - low).max()) * _FACE_REACH
        return face_mesh.roi_matrix((low + high) / 2, side, face_mesh.angle_of(*eyes), face_mesh.MESH_SIDE)

    def _seen(self, picture: np.ndarray, matrix: np.ndarray) -> _Face | None:
        """The points of the face in a square of a picture; None where there is none."""
        crop = warp(picture, matrix, (face_mesh.MESH_SIDE, face_mesh.MESH_SIDE))
        points, presence = self._mesh.run(crop[None])
        if presence[0] < self.params.least:
            return None
        mesh = _placed(points[0], invert(matrix))
        matrices = [_eye_matrix(mesh, number) for number in (0, 1)]
        size = (face_mesh.IRIS_SIDE, face_mesh.IRIS_SIDE)
        contours, irises = self._iris.run(np.stack([warp(picture, one, size) for one in matrices]))
        backs = [invert(one) for one in matrices]
        eyes = [_placed(iris, back) for iris, back in zip(irises, backs, strict=True)]
        lids = [apply(back, one[:_LIDS, :2]) for one, back in zip(contours, backs, strict=True)]
        points = np.concatenate([mesh, *eyes]).astype(np.float32)
        return _Face(points, np.stack(lids).astype(np.float32), float(presence[0]))


def _eye_matrix(mesh: np.ndarray, number: int) -> np.ndarray:
    """The matrix (2, 3) that cuts out the right (0) or the left (1) eye of a mesh; a left one is mirrored."""
    (x, y, _), (x2, y2, _) = (mesh[corner].tolist() for corner in face_mesh.EYES[number])
    size, side = face_mesh.IRIS_SIDE, max(math.hypot(x2 - x, y2 - y) * _EYE_REACH, 1.0)
    matrix = face_mesh.roi_matrix(((x + x2) / 2, (y + y2) / 2), side, math.atan2(y2 - y, x2 - x), size)
    if number:
        matrix[0] *= -1
        matrix[0, 2] += size
    return matrix


def _placed(points: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Points (n, 3) of a crop in the frame that the matrix takes them to; z grows as x and y do."""
    placed = np.empty(points.shape)
    placed[:, :2], placed[:, 2] = apply(matrix, points[:, :2]), points[:, 2] * scale_of(matrix)
    return placed


def _around(points: np.ndarray) -> np.ndarray:
    """The matrix (2, 3) that cuts out a face by the points (478, 3) that it had in the frame before."""
    mesh = points[: face_mesh.MESH_POINTS, :2].astype(np.float64)
    low, high = mesh.min(axis=0), mesh.max(axis=0)
    angle = face_mesh.angle_of(mesh[face_mesh.RIGHT_CORNER], mesh[face_mesh.LEFT_CORNER])
    side = float((high - low).max()) * _FACE_REACH
    return face_mesh.roi_matrix((low + high) / 2, side, angle, face_mesh.MESH_SIDE)
