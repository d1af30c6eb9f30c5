"""The stage `video_quality`: DOVER's scores of a clip."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Frames, Need
from faceshards.curation.engine.network import Net
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage import Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.video_quality.views import fragments, sampled, whole
from faceshards.models.sessions import dover
from faceshards.models.weights.registry import find
from faceshards.shards.schema.scalars import Scalar


def _scalar(name: str, unit: str, doc: str) -> Scalar:
    return Scalar(name, pa.float64(), unit, "video_quality", doc)


@dataclass(frozen=True)
class VideoQualityParams:
    """It has none."""


class VideoQuality(Stage[VideoQualityParams]):
    """32 frames out of the whole clip as they look, and spans of 32 in fragments whose pixels are as they are."""

    name = "video_quality"
    scores = (
        _scalar("dover_aesthetic", "DOVER's own", "how good it is to look at, as the network gives it"),
        _scalar("dover_technical", "DOVER's own", "how well it is made, as the network gives it"),
        _scalar("dover_overall", "0..1", "both, scaled and weighed as DOVER's authors do"),
    )
    weights = ("dover",)
    runtimes = ("onnxruntime",)

    def needs(self) -> tuple[Need, ...]:
        """The pictures."""
        return (Frames(),)

    def setup(self) -> None:
        """Loads the network. Raises WeightsError, StageError."""
        self._dover = dover.Dover(find("dover"), self.device)

    def networks(self) -> dict[str, Net]:
        """A clip at a time: its views are 19 MB or more."""
        return {"dover": Net(self._dover.run)}

    async def work(self, clip: StageClip, out: Outlet) -> None:
        """The frames of both views are chosen beforehand, and kept as they come by."""
        frames = len(clip.timeline)
        wholes, parts = sampled(frames, dover.FRAMES, 1), sampled(frames, self._dover.clips, dover.FRAMES)
        seen: dict[int, np.ndarray] = {}
        cut: dict[int, np.ndarray] = {}
        async for chunk in clip.frames():
            pictures = dict(zip(chunk.numbers.tolist(), chunk.pictures, strict=True))
            seen |= await clip.thread(_viewed, whole, pictures, wholes)
            cut |= await clip.thread(_viewed, fragments, pictures, parts)
        aesthetic, technical = await self.nets["dover"](
            np.stack([seen[number] for number in wholes.tolist()])[None],
            np.stack([cut[number] for number in parts.tolist()]).reshape(
                1, self._dover.clips, dover.FRAMES, dover.SIDE, dover.SIDE, 3
            ),
        )
        values = float(aesthetic[0]), float(technical[0])
        out.score(
            dover_aesthetic=round(values[0], 5),
            dover_technical=round(values[1], 5),
            dover_overall=round(dover.overall(*values), 5),
        )


def _viewed(
    view: Callable[[np.ndarray], np.ndarray], pictures: Mapping[int, np.ndarray], wanted: np.ndarray
) -> dict[int, np.ndarray]:
    """The views of those pictures, by their frames' numbers, that are wanted."""
    return {number: view(pictures[number]) for number in sorted(pictures.keys() & set(wanted.tolist()))}
