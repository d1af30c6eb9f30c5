"""What the speech-to-face models eat: a voice with the face of its speaker, and a face with its five points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from faceshards.errors import ColumnError

#: Coordinates of a face's points: left eye, right eye, nose, left and right mouth corner, x and y each.
FIVE_POINTS = 10


class VoiceWithFace:
    """For the voice encoder: `spectrogram` float32 (2, 257, 601), signed power 0.3 of real and imaginary
    part; `face` float32 (3, 224, 224) RGB in [0, 1], the face of the same sample.
    """

    columns: ClassVar = ("spectrogram.npy", "face.jpg")

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The model's input. Raises ColumnError where the sample lacks a column."""
        return {"spectrogram": _needed(sample, "spectrogram.npy"), "face": face_input(_needed(sample, "face.jpg"))}


class FaceWithPoints:
    """For the face decoder: `face` float32 (3, 224, 224) RGB in [0, 1]; `points` float32 (10,), x and y in
    pixels of the crop, 0 at its left and top edge: left eye, right eye (as seen), nose, left and right mouth
    corner.
    """

    columns: ClassVar = ("face.jpg", "json")

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """The model's input. Raises ColumnError where the sample lacks its face or the face's points."""
        points = np.asarray(_needed(sample, "json").get("face_points", ()), np.float32).reshape(-1)
        if points.size != FIVE_POINTS:
            raise ColumnError(
                f"json's face_points must hold {FIVE_POINTS} numbers, got {points.size}: "
                "run `faceshards curate --stages face_crop`"
            )
        return {"face": face_input(_needed(sample, "face.jpg")), "points": points}


def face_input(picture: np.ndarray) -> np.ndarray:
    """float32 (3, H, W) in [0, 1] of a picture uint8 (H, W, 3): RGB, no mean subtracted, as Speech-to-face feeds its
    networks.
    """
    return np.ascontiguousarray(picture.transpose(2, 0, 1), np.float32) / 255


def _needed(sample: Mapping[str, Any], column: str) -> Any:
    if sample.get(column) is None:
        raise ColumnError(f"the view needs {column!r}, which this sample lacks: give missing='skip'")
    return sample[column]
