"""Persons in a picture (BlazePose: Bazarevsky et al. 2020): the network `pose_detection` of MediaPipe."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.sessions.anchors import anchors, averaged
from faceshards.models.sessions.litert import LiteRtSession

#: The side of its input, in pixels.
SIDE = 224
#: Of its four points, the middle of the hips, and one whose distance and direction from there say how large a person
#: is and how turned; the middle of the shoulders, and one that says so of the upper body.
HIPS, REACH, SHOULDERS, UPPER_REACH = range(4)
# MediaPipe's graph PoseDetectionCpu: cells of 8, 16 and 32 pixels, so many anchors in each.
_CELLS = ((8, 2), (16, 2), (32, 6))
_OVERLAP = 0.3


class PoseDetection:
    """A person by head, hips and shoulders; heads without a body are found, too."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs
        self._anchors = anchors(SIDE, _CELLS)

    def run(self, pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of pictures, uint8 (n, 224, 224, 3) RGB: what each of 2254 anchors says, float32 (n, 2254, 12), and its
        logit, (n, 2254).
        """
        outputs = self._session.run({self._input: pictures.astype(np.float32) / 127.5 - 1})
        regressors, logits = sorted(outputs.values(), key=lambda one: -one.size)
        return regressors, logits[..., 0]

    def persons(self, regressors: np.ndarray, logits: np.ndarray, least: float) -> tuple[np.ndarray, np.ndarray]:
        """The persons of one picture by what its anchors say, (2254, 12) and (2254,): points, float32 (D, 4, 2), in the
        224 pixels, and scores (D,) of `least` to 1, best first. Boxes serve to tell them apart, and as nothing else:
        they lie about head or neck.
        """
        from scipy.special import expit  # half a second to load

        scores = expit(logits)
        rows = np.flatnonzero(scores >= least)
        places = regressors[rows].reshape(-1, 6, 2).copy()
        places[:, [0, *range(2, 6)]] += self._anchors[rows, None] * SIDE
        centres, sides = places[:, 0], places[:, 1]
        boxes = np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
        return averaged(boxes, places[:, 2:], scores[rows], _OVERLAP)[1:]
