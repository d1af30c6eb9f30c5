"""21 points of a hand (Zhang et al. 2020), and where about a wrist the hand is, by MediaPipe's networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from faceshards.models.sessions.litert import LiteRtSession

#: Sides of the inputs of the two networks, in pixels, and the points of a hand, the wrist first, then four a finger.
RECROP_SIDE, HAND_SIDE, HAND_POINTS = 256, 224, 21


class HandRecrop:
    """The network `hand_recrop` of MediaPipe Holistic."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, crops: np.ndarray) -> tuple[np.ndarray]:
        """Of surroundings of a wrist, uint8 (n, 256, 256, 3) RGB: the middle of the hand, and a point towards its
        wrist at half the width that shows it whole, float32 (n, 2, 2), in the crop's pixels.
        """
        (found,) = self._session.run({self._input: crops.astype(np.float32) / 255}).values()
        return (found.reshape(len(crops), 2, 2),)


class HandLandmark:
    """The network `hand_landmark_full`, for both hands."""

    def __init__(self, model: Path) -> None:
        self._session = LiteRtSession(model)
        (self._input,) = self._session.inputs

    def run(self, crops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of hands, uint8 (n, 224, 224, 3) RGB, fingers upwards: points, float32 (n, 21, 2), in the crop's pixels, and
        whether it is a hand, (n,), 0 to 1.
        """
        outputs = self._session.run({self._input: crops.astype(np.float32) / 255})
        # Points, presence, which hand, and points in metres, in this order (HandLandmarkCpu).
        points, presence, _, _ = (outputs[name] for name in sorted(outputs))
        return points.reshape(len(crops), HAND_POINTS, 3)[..., :2].copy(), presence.reshape(-1)
