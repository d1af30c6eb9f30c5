"""The stage `stylize`: the clip as a cartoon, by OpenCV alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2

from faceshards.curation.cartoon import Cartoon
from faceshards.curation.clip import StageClip
from faceshards.curation.stage import FRAMES, Outcome, Stage
from faceshards.curation.twin import twin, twin_columns


@dataclass
class Stylize(Stage):
    """`styled.mp4`; the parameters are those of `Cartoon`."""

    name = "stylize"
    version = 3  # encoded for training: media.encode.FOR_TRAINING
    needs = (FRAMES,)
    makes = twin_columns("styled.mp4")

    levels: int = 8
    saturation: float = 1.3

    def setup(self) -> None:
        """One thread: parallelism is workers."""
        cv2.setNumThreads(1)

    def one(self, clip: StageClip) -> Outcome:
        """Each frame is drawn by itself."""
        cartoon = Cartoon(levels=self.levels, saturation=self.saturation)
        return twin("styled.mp4", clip, map(cartoon.draw, clip.frames))
