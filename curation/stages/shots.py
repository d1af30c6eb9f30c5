"""The stage `shots`: where a clip is cut, by PySceneDetect's detector on the pictures that all stages see."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise

import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.media.video.shots import LEAST, THRESHOLD, ShotFinder
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class ShotsParams:
    """`threshold`: how much hue, saturation and luminance change at a cut, 0 to 255, as in PySceneDetect's
    `detect-content` (TalkVid takes 10); `least`: frames that a shot has at least.
    """

    threshold: float = THRESHOLD
    least: int = LEAST


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
        """Raises StageError where PySceneDetect is not installed."""
        import_module("scenedetect")

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`shot_cuts`: the numbers of the first frames of all shots but the first."""
        finder = ShotFinder(clip.rate, self.params.threshold, self.params.least)
        cuts: list[int] = []
        frames = 0
        async for chunk in clip.frames():
            cuts += await clip.thread(finder.add, chunk.pictures)
            frames += len(chunk.numbers)
        cuts += finder.rest()
        lengths = [clip.timeline.lasting(*ends) for ends in pairwise((0, *cuts, frames))]
        out.score(shots=len(lengths), shot_cuts=cuts, longest_shot=round(max(lengths), 3))
