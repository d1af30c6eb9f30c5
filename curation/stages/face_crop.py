"""The stage `face_crop`: the best face of a clip, upright in a small picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Live, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.faces.table import FACES, FaceArrays
from faceshards.errors import ClipError, UsageError
from faceshards.media.geometry import ARCFACE_112, FACE_224, apply, similarity, warp
from faceshards.media.picture import encode_jpg
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_SIZE = 224
# Half the width and the height of what is looked at of an eye in an aligned face of 112 pixels.
_EYE = (9, 6)


@dataclass(frozen=True)
class FaceCropParams:
    """`margin`: how far the crop reaches beyond the ArcFace template, as a share of its side, on each."""

    margin: float = 0.1

    def __post_init__(self) -> None:
        if not 0 <= self.margin <= 0.4:  # at a half the face is a point, and beyond it stands on its head
            raise UsageError(f"face_crop.margin must be from 0 to 0.4, got {self.margin:g}")


@dataclass(frozen=True)
class _Best:
    """The best face so far: its quality, its frame, its crop, and its points there."""

    quality: float
    frame: int
    crop: np.ndarray
    points: np.ndarray


class FaceCrop(Stage[FaceCropParams]):
    """The best face is that with the greatest product of size, sharpness, frontality and openness of the eyes
    (`quality`) in the whole clip.

    It is cut by the similarity that takes its five points to the ArcFace template, drawn in by `margin` on each
    side so that chin and hair are seen; where the crop leaves the frame, the frame's edge is drawn out.
    """

    name = "face_crop"
    version = 3  # prefers open eyes; no black beyond the frame
    makes = (
        Column(
            "face.jpg",
            "jpg",
            "uint8",
            "(224, 224, 3)",
            "RGB 0..255",
            "the crop; `face_points` in the json are its pixels",
            "face_crop",
            "the best face of the clip",
        ),
    )
    nested = ("face_points",)
    scores = (Scalar("face_frame", pa.int64(), "", "face_crop", "the frame from which `face.jpg` was cut"),)

    def needs(self) -> tuple[Need, ...]:
        """The pictures, and the faces in them."""
        return (Frames(), Live(FACES.name))

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`face_points` are the five points in the crop's pixels, `face_frame` the frame's number. Fails as
        `no-face`.
        """
        best, frames = None, 0
        async for chunk in clip.frames():
            faces = FaceArrays.of(await clip.rows(FACES.name, chunk))
            best = await clip.thread(self._better, best, faces, chunk.pictures, int(chunk.numbers[0]))
            frames += len(chunk.numbers)
        if best is None:
            raise ClipError("no-face", f"no face in any of {frames} frames")
        out.put("face.jpg", encode_jpg(best.crop))
        out.score(face_points=best.points.round(2).tolist(), face_frame=best.frame)

    def _better(self, best: _Best | None, faces: FaceArrays, pictures: np.ndarray, first: int) -> _Best | None:
        """The best of the best so far and of the faces of some pictures, the earlier one where they are equal."""
        for frame, points in zip(faces.frame.tolist(), faces.points, strict=True):
            picture = pictures[frame - first]
            found = quality(picture, points)
            if best is None or found > best.quality:
                best = _Best(found, frame, *upright_face(picture, points, self.params.margin))
        return best


def upright_face(
    picture: np.ndarray, points: np.ndarray, margin: float = FaceCropParams.margin
) -> tuple[np.ndarray, np.ndarray]:
    """The face with five points (5, 2) as `FaceCrop` cuts it, uint8 (224, 224, 3), and the points in its pixels."""
    matrix = similarity(points, FACE_224 * (1 - 2 * margin) + margin * _SIZE)
    return warp(picture, matrix, (_SIZE, _SIZE), "edge"), apply(matrix, points)


def quality(frame: np.ndarray, points: np.ndarray) -> float:
    """Distance of the eyes in pixels x variance of the Laplacian of the face at 112 x 112 x frontality x how open its
    eyes are.

    The variance of the Laplacian is a usual measure of sharpness (Pech-Pacheco et al. 2000). Frontality is 1
    for a nose midway between the eyes, 0 for one below an eye.
    """
    matrix = similarity(points, ARCFACE_112)
    left, right, nose = apply(matrix, points)[:3]
    eyes = right[0] - left[0]
    frontality = max(0.0, 1 - abs(nose[0] - (left[0] + right[0]) / 2) / (abs(eyes) / 2 + 1e-6))
    grey = cv2.cvtColor(warp(frame, matrix, (112, 112), "edge"), cv2.COLOR_RGB2GRAY)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    return float(np.linalg.norm(points[1] - points[0])) * sharpness * frontality * openness(grey)


def openness(grey: np.ndarray) -> float:
    """How open the eyes of an aligned face are, uint8 (112, 112), in no unit: of one person, more is wider.

    An open eye has borders that stand upright, of iris and white; of a closed one only a lid's line is left, which
    lies. So it is the mean step from column to column about both eyes, over the spread of grey in the face. On five
    real clips with blinks it goes with the openings of a face mesh by 0.78 to 0.92, on two without by 0.77 and 0.06.
    """
    steps = []
    for x, y in ARCFACE_112[:2].round().astype(int):
        eye = grey[y - _EYE[1] : y + _EYE[1], x - _EYE[0] : x + _EYE[0]].astype(np.float32)
        steps.append(np.abs(np.diff(cv2.GaussianBlur(eye, (0, 0), 0.5), axis=1)).mean())
    return float(np.mean(steps) / (grey.std() + 1e-6))
