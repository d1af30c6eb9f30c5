"""The stage `gaze`: where the eyes of the face that `landmarks` follows look."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Made, Need
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.gaze.irises import gaze_of
from faceshards.curation.stages.gaze.spread import megactor_frames, megactor_variance, spread
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class GazeParams:
    """It has none."""


class Gaze(Stage[GazeParams]):
    """By the irises and the head's turn (`irises`); a blink looks like a look downwards."""

    name = "gaze"
    makes = (
        Column(
            "gaze.npy",
            "npy",
            "float32",
            "(R, 2)",
            "radians",
            "yaw towards the picture's right, pitch upwards",
            "gaze",
            "where the eyes of each row of `landmarks.npy` look, seen from the camera",
            "landmarks_frame.npy",
        ),
    )
    scores = (
        Scalar(
            "gaze_spread", pa.float64(), "degrees", "gaze", "root of the summed variances of yaw and pitch over frames"
        ),
        Scalar(
            "gaze_variance_irises",
            pa.float64(),
            "degrees^2",
            "gaze",
            "what MegActor's eye filter compares with 200, from irises; large where a gaze crosses the horizon",
        ),
    )

    def needs(self) -> tuple[Need, ...]:
        """The points of the face, whole."""
        return (Made("landmarks.npy"), Made("landmarks_frame.npy"))

    def one(self, clip: StageClip) -> Outcome:
        """No face is a result too: no rows, and no scores."""
        points, numbers = clip.column("landmarks.npy"), clip.column("landmarks_frame.npy")
        if not len(points):
            return Outcome({"gaze.npy": np.zeros((0, 2), np.float32)})
        gaze = gaze_of(points, (int(clip.facts["width"]), int(clip.facts["height"])))
        scores, looked_at = {"gaze_spread": spread(gaze)}, megactor_frames(numbers)
        if looked_at.any():
            scores["gaze_variance_irises"] = megactor_variance(gaze[looked_at])
        return Outcome({"gaze.npy": gaze}, {name: round(value, 3) for name, value in scores.items()})
