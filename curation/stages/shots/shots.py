"""The stage `shots`: where a clip is cut, by PySceneDetect's detector or by TransNetV2, on the pictures that all stages
see.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.shots.passages import PassageWindows, believed, shots_between
from faceshards.errors import UsageError
from faceshards.media.video.shots import LEAST, THRESHOLD, ShotFinder
from faceshards.models.weights.registry import find
from faceshards.shards.schema.scalars import Scalar

#: Backend -> the parameters that it goes by.
_OWN = {"content": ("threshold", "least"), "transnetv2": ("backend", "likely")}
_WINDOWS = 2


@dataclass(frozen=True)
class ShotsParams:
    """`backend`: `content` (PySceneDetect) or `transnetv2` (a network, whose file you bring). Of content: `threshold`,
    how much hue, saturation and luminance change at a cut, 0 to 255, as in PySceneDetect's `detect-content` (TalkVid
    takes 10); `least`, frames that a shot has at least. Of transnetv2: how `likely` a frame is part of a passage from
    one shot to the next, 0..1 (its authors take 0.5, Cosmos 0.4).
    """

    threshold: float = THRESHOLD
    least: int = LEAST
    backend: str = "content"
    likely: float = 0.5

    def __post_init__(self) -> None:
        if self.backend not in _OWN:
            raise UsageError(f"shots.backend must be one of {', '.join(_OWN)}, got {self.backend!r}")
        if not 0 < self.threshold <= 255:
            raise UsageError(f"shots.threshold must be above 0 and at most 255, got {self.threshold:g}")
        if self.least < 1:
            raise UsageError(f"shots.least must be at least 1 frame, got {self.least}")
        if not 0 < self.likely < 1:
            raise UsageError(f"shots.likely must be between 0 and 1, got {self.likely:g}")


class Shots(Stage[ShotsParams]):
    """Fast cuts, by the mean change of hue, saturation and luminance from frame to frame (`ContentDetector`); or cuts
    and slow passages, by TransNetV2.
    """

    name = "shots"
    scores = (
        Scalar("shots", pa.int64(), "", "shots", "shots between cuts; 1 where nothing is cut"),
        Scalar("longest_shot", pa.float64(), "s", "shots", "how long the longest shot is"),
    )
    nested = ("shot_cuts",)

    def __init__(self, params: ShotsParams | None = None) -> None:
        super().__init__(params)
        if self.params.backend == "transnetv2":
            self.weights, self.runtimes = ("transnetv2",), ("onnxruntime",)

    @property
    def record(self) -> dict[str, Any]:
        """The parameters of its backend."""
        told = super().record
        return {name: told[name] for name in _OWN[self.params.backend]}

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Raises StageError where PySceneDetect, or onnxruntime, is not installed, and WeightsError."""
        if self.params.backend == "content":
            import_module("scenedetect")
            return
        from faceshards.models.sessions.transnet import TransNet

        self._net = TransNet(find("transnetv2"), self.device)

    def networks(self) -> dict[str, Net]:
        """TransNetV2, where it is asked."""
        return {} if self.params.backend == "content" else {"passages": Net(self._net.run, batch=_WINDOWS)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """`shot_cuts`: the numbers of the first frames of all shots but the first."""
        found = await (self._by_content(clip) if self.params.backend == "content" else self._by_passages(clip))
        longest = max(clip.timeline.lasting(*ends) for ends in found)
        out.score(shots=len(found), shot_cuts=[first for first, _ in found[1:]], longest_shot=round(longest, 3))

    async def _by_content(self, clip: StageClip) -> list[tuple[int, int]]:
        finder = ShotFinder(clip.rate, self.params.threshold, self.params.least)
        cuts: list[int] = []
        frames = 0
        async for chunk in clip.frames():
            cuts += await clip.thread(finder.add, chunk.pictures)
            frames += len(chunk.numbers)
        return [*pairwise((0, *cuts, *finder.rest(), frames))]

    async def _by_passages(self, clip: StageClip) -> list[tuple[int, int]]:
        windows = PassageWindows()
        likely = []
        async for chunk in clip.frames():
            likely += await self._likely(await clip.thread(windows.add, chunk.pictures))
        likely += await self._likely(windows.rest())
        return shots_between(np.concatenate(likely)[: windows.frames] > self.params.likely)

    async def _likely(self, windows: np.ndarray) -> list[np.ndarray]:
        return [believed((await self.nets["passages"](windows))[0])] if len(windows) else []
