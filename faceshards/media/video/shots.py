"""Where a video is cut, by PySceneDetect's detector: the mean change of hue, saturation and luminance."""

from __future__ import annotations

from fractions import Fraction
from importlib import import_module
from typing import Any

import cv2
import numpy as np

#: How much a picture differs from the last at a cut, 0 to 255, as in PySceneDetect's `detect-content` (TalkVid takes
#: 10), and frames that a shot has at least.
THRESHOLD, LEAST = 27.0, 15
# PySceneDetect looks at pictures of this width, where they are wider (`compute_downscale_factor`).
_WIDTH = 256


class ShotFinder:
    """Finds the fast cuts of one video of `rate` frames a second (`ContentDetector`). Raises ModuleNotFoundError where
    PySceneDetect is not installed.
    """

    def __init__(self, rate: Fraction, threshold: float = THRESHOLD, least: int = LEAST) -> None:
        self._library: Any = import_module("scenedetect")
        cv2.setNumThreads(1)
        self._detector = self._library.ContentDetector(threshold, least)
        self._rate, self._count = rate, 0

    def add(self, pictures: np.ndarray) -> list[int]:
        """The numbers of the pictures that begin shots, as far as the detector is sure of them after the next pictures,
        uint8 (n, H, W, 3) RGB.
        """
        cuts: list[int] = []
        for picture in pictures:
            cuts += [one.frame_num for one in self._detector.process_frame(self._time(), small(picture))]
            self._count += 1
        return cuts

    def rest(self) -> list[int]:
        """Those that are known only at the video's end."""
        return [one.frame_num for one in self._detector.post_process(self._time())]

    def _time(self) -> Any:
        return self._library.FrameTimecode(self._count, self._rate)


def small(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 (H, W, 3) RGB, as PySceneDetect's manager hands it over: BGR, 256 pixels wide at most."""
    height, width = picture.shape[:2]
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
