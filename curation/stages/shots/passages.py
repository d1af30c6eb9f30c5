"""A clip as TransNetV2 is shown it, in windows that overlap, and the shots between the passages that it finds.

    window k    frames 50 k - 25 to 50 k + 75, the first and the last frame repeated beyond the ends
    believed    of each window its middle, frames 50 k to 50 k + 50

As in the authors' `predict_frames` and `predictions_to_scenes` (soCzech/TransNetV2, `inference/transnetv2.py`).
"""

from __future__ import annotations

import cv2
import numpy as np

from faceshards.models.sessions.transnet import FRAMES, HEIGHT, WIDTH

_EDGE, _STEP = 25, 50


class PassageWindows:
    """The windows of a clip, as its pictures come."""

    def __init__(self) -> None:
        self._held = np.zeros((0, HEIGHT, WIDTH, 3), np.uint8)
        #: Frames that were added.
        self.frames = 0

    def add(self, pictures: np.ndarray) -> np.ndarray:
        """The windows that the next pictures, uint8 (n, H, W, 3), complete: uint8 (m, 100, 27, 48, 3)."""
        shrunk = [cv2.resize(one, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for one in pictures]
        if not self.frames:
            shrunk = [*shrunk[:1] * _EDGE, *shrunk]
        self.frames += len(pictures)
        self._held = np.concatenate([self._held, np.stack(shrunk)])
        return self._taken()

    def rest(self) -> np.ndarray:
        """Those that lack frames beyond the end, likewise."""
        waiting = len(self._held) - _EDGE
        if waiting <= 0:
            return self._taken()
        lacking = -(-waiting // _STEP) * _STEP + 2 * _EDGE - len(self._held)
        self._held = np.concatenate([self._held, np.repeat(self._held[-1:], lacking, axis=0)])
        return self._taken()

    def _taken(self) -> np.ndarray:
        count = max(0, (len(self._held) - FRAMES) // _STEP + 1)
        windows = [self._held[_STEP * k : _STEP * k + FRAMES] for k in range(count)]
        self._held = self._held[_STEP * count :]
        return np.stack(windows) if windows else np.zeros((0, FRAMES, HEIGHT, WIDTH, 3), np.uint8)


def believed(likely: np.ndarray) -> np.ndarray:
    """Of what was said of windows, float32 (m, 100), the middles behind one another: (50 m,)."""
    return likely[:, _EDGE : _EDGE + _STEP].reshape(-1)


def shots_between(passing: np.ndarray) -> list[tuple[int, int]]:
    """The shots [first, stop) of a clip whose frames are part of a passage or not, bool (n,). The first frame of a
    passage still belongs to the shot before it; a clip that is one passage is one shot.
    """
    edges = np.flatnonzero(np.diff(passing.astype(np.int8), prepend=1, append=1))
    shots = [(int(first), int(stop) + 1) for first, stop in edges.reshape(-1, 2)]
    return [(first, min(stop, len(passing))) for first, stop in shots] or [(0, len(passing))]
