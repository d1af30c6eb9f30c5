"""The stage `shots`: where a clip is cut, by PySceneDetect's detector on the pictures that all stages see."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import import_module
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.shards.schema.scalars import Scalar

# PySceneDetect looks at pictures of this width, where they are wider (`compute_downscale_factor`).
_WIDTH = 256


@dataclass(frozen=True)
class ShotsParams:
    """`threshold`: how much hue, saturation and luminance change at a cut, 0 to 255, as in PySceneDetect's
    `detect-content` (TalkVid takes 10); `least`: frames that a shot has at least.
    """

    threshold: float = 27.0
    least: int = 15


class Shots(Stage[ShotsParams]):
    """Fast cuts, by the mean change of hue, saturation and luminance from frame to frame (`ContentDetector`)."""

    name = "shots"
    scores = (
        Scalar("shots", pa.int64(), "", "shots", "shots between cuts; 1 where nothing is cut"),
        Scalar("longest_shot", pa.float64(), "s", "shots", "how long the longest shot is"),
    )
    nested = ("shot_cuts",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the detector. Raises StageError where PySceneDetect is not installed."""
        self._library: Any = import_module("scenedetect")
        cv2.setNumThreads(1)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`shot_cuts`: the numbers of the first frames of all shots but the first."""
        detector = self._library.ContentDetector(self.params.threshold, self.params.least)
        cuts: list[int] = []
        frames = 0
        async for chunk in clip.frames():
            cuts += await clip.thread(self._found, detector, clip.rate, chunk.numbers, chunk.pictures)
            frames += len(chunk.numbers)
        cuts += [one.frame_num for one in detector.post_process(self._time(frames, clip.rate))]
        lengths = [clip.timeline.lasting(*ends) for ends in pairwise((0, *cuts, frames))]
        out.score(shots=len(lengths), shot_cuts=cuts, longest_shot=round(max(lengths), 3))

    def _found(self, detector: Any, rate: Fraction, numbers: np.ndarray, pictures: np.ndarray) -> list[int]:
        """The cuts that the detector is sure of after some pictures more."""
        cuts: list[int] = []
        for number, picture in zip(numbers.tolist(), pictures, strict=True):
            found = detector.process_frame(self._time(number, rate), small(picture))
            cuts += [one.frame_num for one in found]
        return cuts

    def _time(self, number: int, rate: Fraction) -> Any:
        return self._library.FrameTimecode(number, rate)


def small(picture: np.ndarray) -> np.ndarray:
    """A picture, uint8 (H, W, 3) RGB, as PySceneDetect's manager hands it over: BGR, 256 pixels wide at most."""
    height, width = picture.shape[:2]
    if width > _WIDTH:
        size = (_WIDTH, max(1, round(height * _WIDTH / width)))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_LINEAR)
    return cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
