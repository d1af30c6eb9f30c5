"""BlazeFace: faces and six points of each (Bazarevsky et al. 2019), as MediaPipe ships it, near and far ones."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.errors import StageError
from faceshards.models.nets.boxes import kept_by_nms
from faceshards.models.sessions.litert import LiteRtSession

#: The side of the short range's input, in pixels.
SIDE = 128
#: Of its six points, those of the person's right and left eye.
RIGHT_EYE, LEFT_EYE = 0, 1
# Side of the input -> cells of so many pixels, and so many anchors in each: MediaPipe's face_detection_short_range and
# face_detection_full_range, .pbtxt.
_CELLS = {SIDE: ((8, 2), (16, 6)), 192: ((4, 1),)}
_SCORE, _OVERLAP = 0.5, 0.3


class BlazeFace:
    """The networks `face_detection_short_range`, for faces within two metres of a camera, and
    `face_detection_full_range_sparse`, within five. `side` is that of its input, 128 or 192 pixels.
    """

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        ((self._input, shape),) = self._session.inputs.items()
        self.side = int(shape[1] or 0)
        if self.side not in _CELLS:
            raise StageError(f"{model} is no BlazeFace: its input is {shape}, not (1, S, S, 3), S 128 or 192")
        self._anchors = _anchors(self.side)

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of pictures, uint8 (n, side, side, 3) RGB: what each of A anchors says, float32 (n, A, 16) and (n, A); A is
        896 of the short range, 2304 of the full one.
        """
        values = pictures.astype(np.float32) / 127.5 - 1
        logits, regressors = sorted(self._session.run({self._input: values}).values(), key=lambda one: one.size)
        return regressors, logits[..., 0]

    def faces(self, regressors: np.ndarray, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The faces of one picture by what its anchors say, (A, 16) and (A,): boxes float32 (D, 4), x1 y1 x2 y2,
        points (D, 6, 2), both in the input's pixels, and scores (D,), best first.
        """
        from scipy.special import expit  # half a second to load

        scores = expit(logits)
        rows = np.flatnonzero(scores >= _SCORE)
        places = regressors[rows].reshape(-1, 8, 2).copy()
        places[:, [0, *range(2, 8)]] += self._anchors[rows, None] * self.side
        centres, sides = places[:, 0], places[:, 1]
        boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1).astype(np.float32)
        kept = kept_by_nms(boxes, scores[rows], _OVERLAP)
        return boxes[kept], places[kept, 2:], scores[rows][kept].astype(np.float32)


def _anchors(side: int) -> np.ndarray:
    """The anchors' centres, x and y in sides of the picture: float32 (A, 2), cell by cell, row by row."""
    found = []
    for stride, each in _CELLS[side]:
        count = side // stride
        y, x = np.divmod(np.arange(count * count), count)
        found.append(np.repeat((np.stack([x, y], axis=1) + 0.5) / count, each, axis=0))
    return np.concatenate(found).astype(np.float32)
