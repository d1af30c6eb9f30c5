"""BlazeFace: faces and six points of each, in 128 x 128 pixels (Bazarevsky et al. 2019), as MediaPipe ships it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.nets.boxes import kept_by_nms
from faceshards.models.sessions.litert import LiteRtSession

#: The side of its input, in pixels.
SIDE = 128
#: Of its six points, those of the person's right and left eye.
RIGHT_EYE, LEFT_EYE = 0, 1
# MediaPipe's face_detection_short_range.pbtxt: cells of 8 and 16 pixels, so many anchors in each.
_CELLS = ((8, 2), (16, 6))
_SCORE, _OVERLAP = 0.5, 0.3


class BlazeFace:
    """The network `face_detection_short_range`, for faces within two metres of a camera."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        self._anchors = _anchors()

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of pictures, uint8 (n, 128, 128, 3) RGB: what each of 896 anchors says, float32 (n, 896, 16) and (n, 896)."""
        values = pictures.astype(np.float32) / 127.5 - 1
        outputs = self._session.run({"input": values})
        return outputs["regressors"], outputs["classificators"][..., 0]

    def faces(self, regressors: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The faces of one picture by what its anchors say, (896, 16) and (896,): boxes float32 (D, 4), x1 y1 x2 y2,
        points (D, 6, 2), both in the 128 pixels, and scores (D,), best first.
        """
        from scipy.special import expit  # half a second to load

        scores = expit(logits)
        rows = np.flatnonzero(scores >= _SCORE)
        places = regressors[rows].reshape(-1, 8, 2).copy()
        places[:, [0, *range(2, 8)]] += self._anchors[rows, None] * SIDE
        centres, sides = places[:, 0], places[:, 1]
        boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1).astype(np.float32)
        kept = kept_by_nms(boxes, scores[rows], _OVERLAP)
        return boxes[kept], places[kept, 2:], scores[rows][kept].astype(np.float32)


def _anchors() -> np.ndarray:
    """The anchors' centres, x and y in sides of the picture: float32 (896, 2), cell by cell, row by row."""
    found = []
    for stride, each in _CELLS:
        count = SIDE // stride
        y, x = np.divmod(np.arange(count * count), count)
        found.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / count, each, axis=0))
    return np.concatenate(found).astype(np.float32)
