"""Dlib's face identity: 128 numbers a face, less than 0.6 apart for the same person (King 2017).

A ResNet of 29 layers in the `dlib` library (`dnn_face_recognition_ex`), on faces that its own predictor of five points
stands upright.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from faceshards.errors import StageError
from faceshards.models.detections import Floats

#: Two faces whose numbers are less far apart (Euclidean) are one person's, as dlib's example has it.
SAME = 0.6
#: Side of an upright face in pixels, how many numbers it becomes, and how much of it is beside the face on each side.
SIDE, WIDTH = 150, 128
_PADDING = 0.25


class DlibIdentity:
    """`points` and `net`: the files `shape_predictor_5_face_landmarks` and `dlib_face_recognition_resnet_model_v1`.

    Check their sha256 first (`weights.registry.find`): dlib reads its own format. Raises ImportError where dlib is not
    installed, StageError for a file that it cannot read.
    """

    def __init__(self, points: Path, net: Path) -> None:
        self._dlib: Any = import_module("dlib")
        try:
            self._points = self._dlib.shape_predictor(str(points))
            self._net = self._dlib.face_recognition_model_v1(str(net))
        except RuntimeError as error:
            raise StageError(f"{points} and {net} must be dlib's five points and its identity: {error}") from error

    def chip(self, frame: npt.NDArray[np.uint8], box: npt.ArrayLike) -> npt.NDArray[np.uint8]:
        """The face in a box x1 y1 x2 y2 of a frame, uint8 (H, W, 3) RGB, upright: uint8 (150, 150, 3), black beyond it.

        The box is any detector's; the five points (corners of the eyes, foot of the nose) are found within it.
        """
        low_x, low_y, high_x, high_y = (round(float(side)) for side in np.asarray(box, np.float64))
        within = self._dlib.rectangle(low_x, low_y, high_x - 1, high_y - 1)  # its corners are pixels of the box
        picture = np.ascontiguousarray(frame)
        return self._dlib.get_face_chip(picture, self._points(picture, within), SIDE, _PADDING)

    def embed_chips(self, chips: npt.NDArray[np.uint8]) -> Floats:
        """The numbers of upright faces, uint8 (D, 150, 150, 3): float32 (D, 128), not of length 1."""
        rows = [np.array(self._net.compute_face_descriptor(chip), np.float32) for chip in chips]
        return np.stack(rows) if rows else np.zeros((0, WIDTH), np.float32)

    def embed(self, frame: npt.NDArray[np.uint8], boxes: npt.ArrayLike) -> Floats:
        """The numbers of the faces in boxes (D, 4) of a frame, uint8 (H, W, 3) RGB: float32 (D, 128)."""
        faces = np.asarray(boxes, np.float64).reshape(-1, 4)
        chips = [self.chip(frame, box) for box in faces]
        return self.embed_chips(np.stack(chips) if chips else np.zeros((0, SIDE, SIDE, 3), np.uint8))


def load_dlib_identity() -> DlibIdentity:
    """Dlib's identity on the files that the `face-recognition-models` package carries. Raises WeightsError,
    and ImportError where dlib is not installed: both come with the extra `identity`.
    """
    from faceshards.models.weights.registry import find

    return DlibIdentity(find("dlib_points_5"), find("dlib_identity"))
