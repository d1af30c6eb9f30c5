"""Faces found in one frame, as every detector here returns them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
#: uint8 (H, W, 3) RGB.
Frame = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Detections:
    """D faces of one frame, in pixels of that frame: x right, y down, the picture's left edge is 0.0.

    boxes:  float32 (D, 4), x1 y1 x2 y2. They may reach beyond the frame; clip them where you cut pixels.
    points: float32 (D, 5, 2), x y of the left eye, right eye (left and right as seen in the picture), nose, left and
            right mouth corner.
    scores: float32 (D,), 0..1, as the detector means them; they do not compare between detectors.
    """

    boxes: Floats
    points: Floats
    scores: Floats

    def __len__(self) -> int:
        return len(self.scores)

    @classmethod
    def none(cls) -> Detections:
        """No face."""
        return cls(np.zeros((0, 4), np.float32), np.zeros((0, 5, 2), np.float32), np.zeros(0, np.float32))

    def take(self, rows: npt.NDArray[np.intp] | npt.NDArray[np.bool_]) -> Detections:
        """The faces at the given rows (indices in any order, or a mask)."""
        return Detections(self.boxes[rows], self.points[rows], self.scores[rows])
