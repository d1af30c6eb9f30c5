"""The stage `face_crop`: the best face of a clip, upright in a small picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.face_table import FaceArrays
from faceshards.curation.stage import FRAMES, Outcome, Stage
from faceshards.errors import ClipError
from faceshards.media.geometry import ARCFACE_112, FACE_224, apply, similarity, warp
from faceshards.media.picture import encode_jpg

_SIZE = 224


@dataclass
class FaceCrop(Stage):
    """The best face is that with the greatest product of size, sharpness and frontality (`quality`) in the
    whole clip.

    It is cut by the similarity that takes its five points to the ArcFace template, drawn in by `margin` on each
    side so that chin and hair are seen; black where the crop leaves the frame.
    """

    name = "face_crop"
    version = 2  # sees pictures upright, as the display matrix turns them
    needs = (FRAMES, "faces.msg")
    makes = ("face.jpg",)
    scores = ("face_points", "face_frame")

    margin: float = 0.1

    def one(self, clip: StageClip) -> Outcome:
        """`face_points` are the five points in the crop's pixels, `face_frame` the frame's number. Fails as
        `no-face`.
        """
        faces = FaceArrays.of(clip.column("faces.msg"))
        if not len(faces):
            raise ClipError("no-face", f"no face in any of {len(clip.frames)} frames")
        best = max(range(len(faces)), key=lambda row: quality(clip.frames[faces.frame[row]], faces.points[row]))
        frame, points = clip.frames[faces.frame[best]], faces.points[best]
        matrix = similarity(points, FACE_224 * (1 - 2 * self.margin) + self.margin * _SIZE)
        return Outcome(
            {"face.jpg": encode_jpg(warp(frame, matrix, (_SIZE, _SIZE)))},
            {"face_points": apply(matrix, points).round(2).tolist(), "face_frame": int(faces.frame[best])},
        )


def quality(frame: np.ndarray, points: np.ndarray) -> float:
    """Distance of the eyes in pixels x variance of the Laplacian of the face at 112 x 112 x frontality.

    The variance of the Laplacian is a usual measure of sharpness (Pech-Pacheco et al. 2000). Frontality is 1
    for a nose midway between the eyes, 0 for one below an eye.
    """
    matrix = similarity(points, ARCFACE_112)
    left, right, nose = apply(matrix, points)[:3]
    eyes = right[0] - left[0]
    frontality = max(0.0, 1 - abs(nose[0] - (left[0] + right[0]) / 2) / (abs(eyes) / 2 + 1e-6))
    grey = cv2.cvtColor(warp(frame, matrix, (112, 112)), cv2.COLOR_RGB2GRAY)
    sharpness = float(cv2.Laplacian(grey, cv2.CV_64F).var())
    return float(np.linalg.norm(points[1] - points[0])) * sharpness * frontality
