"""The stage `stylize`: the clip as a cartoon, by OpenCV alone."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.cartoon import Cartoon
from faceshards.curation.stages.twin import twin_columns


@dataclass(frozen=True)
class StylizeParams:
    """Those of `Cartoon`: grey `levels` of the drawing, and how its colours are raised."""

    levels: int = 8
    saturation: float = 1.3


class Stylize(Stage[StylizeParams]):
    """`styled.mp4`: each frame is drawn by itself."""

    name = "stylize"
    version = 4  # its colours are made at half size
    makes = twin_columns("styled.mp4", "stylize", "the clip drawn in another style, same frames and times, silent")

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """One thread a call: parallelism is clips and workers."""
        cv2.setNumThreads(1)
        self._cartoon = Cartoon(levels=self.params.levels, saturation=self.params.saturation)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """Draws in a thread, while the chunk before is encoded in another."""
        async with out.video("styled.mp4") as video:
            async for chunk in clip.frames():
                await video.add(await clip.thread(self._drawn, chunk.pictures), chunk.numbers)

    def _drawn(self, pictures: np.ndarray) -> np.ndarray:
        return np.stack([self._cartoon.draw(picture) for picture in pictures])
