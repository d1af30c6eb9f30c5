"""The stage `hyperiqa`: how good a clip's first, middle and last picture are to people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.models.weights.registry import find
from faceshards.shards.schema.scalars import Scalar

#: Pictures that the network takes at a time: those of a clip.
_PICTURES = 3


@dataclass(frozen=True)
class HyperIqaParams:
    """It has none."""


class HyperIqaScore(Stage[HyperIqaParams]):
    """As LatentSync looks at a clip (bytedance/LatentSync, `preprocess/filter_visual_quality.py`): 224 x 224 pixels in
    the middle of three of its pictures; it keeps those whose mean is 40 or more.
    """

    name = "hyperiqa"
    scores = (Scalar("hyperiqa", pa.float64(), "0..100", "hyperiqa", "HyperIQA's mean of three pictures' middles"),)
    weights = ("hyperiqa",)
    runtimes = ("onnxruntime",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the network. Raises WeightsError, StageError."""
        from faceshards.models.sessions.hyper_iqa import HyperIqa, middle

        self._net, self._middle = HyperIqa(find("hyperiqa"), _PICTURES, self.device), middle

    def networks(self) -> dict[str, Net]:
        """HyperIQA."""
        return {"hyperiqa": Net(self._net.run, batch=self._net.batch)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """The first picture, the one behind the middle, and the last."""
        frames = len(clip.timeline)
        wanted = (0, frames // 2, frames - 1)
        seen: dict[int, np.ndarray] = {}
        async for chunk in clip.frames():
            for number, picture in zip(chunk.numbers.tolist(), chunk.pictures, strict=True):
                if number in wanted:
                    seen[number] = self._middle(picture)
        (scores,) = await self.nets["hyperiqa"](np.stack([seen[number] for number in wanted]))
        out.score(hyperiqa=round(float(scores.mean()), 3))
