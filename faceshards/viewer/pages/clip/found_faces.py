"""The faces that `faces` found, as arrays, checked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.errors import ClipError
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.clip.frame_rows import read_column


@dataclass(frozen=True)
class FoundFaces:
    """A row a face and frame, in the clip's pixels: `frames` and `tracks` int64 (D,), `boxes` float64 (D, 2, 2), two
    corners, `points` float64 (D, 5, 2), `scores` float64 (D,).
    """

    frames: np.ndarray
    tracks: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, sample: ShownSample) -> FoundFaces:
        """Of a sample's `faces.msg`. Raises ClipError `bad-column` where it is no such table."""
        value = read_column(sample, "faces.msg")
        try:
            told = dict(value)  # type: ignore[call-overload]
            frames = np.asarray(told["frame"], np.int64).reshape(-1)
            rows = len(frames)
            return cls(
                frames,
                np.asarray(told["track"], np.int64).reshape(rows),
                np.asarray(told["box"], np.float64).reshape(rows, 2, 2),
                np.asarray(told["points"], np.float64).reshape(rows, 5, 2),
                np.asarray(told["score"], np.float64).reshape(rows),
            )
        except (KeyError, TypeError, ValueError, OverflowError):
            raise ClipError("bad-column", "faces.msg is no table of faces: curate again with --stages faces") from None
