"""The stage `headpose`: yaw, pitch and roll of the face that `landmarks` follows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Made, Need
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.headpose.calm import calm
from faceshards.curation.stages.headpose.head_angles import angles_of, head_rotations
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_CALM = {
    "movement": "100 less how far its five points move a frame, in percent of the frame's shorter side",
    "orientation": "100 less how far it is turned from the camera, in percent of half a turn",
    "completeness": "eyes (0.3), nose (0.4) and mouth (0.3) that are within the frame",
    "resolution": "30 times the face's share of the frame, in percent, at most 100",
    "rotation": "100 less how far it turns a frame, in percent of half a turn",
}


def _scalars() -> tuple[Scalar, ...]:
    turns = [
        ("head_yaw", "positive: towards the picture's right"),
        ("head_pitch", "positive: upwards"),
        ("head_roll", "positive: clockwise"),
    ]
    medians = [Scalar(name, pa.float64(), "degrees", "headpose", f"median over frames; {how}") for name, how in turns]
    for name, what in _CALM.items():
        medians.append(Scalar(f"talkvid_{name}", pa.float64(), "0..100", "headpose", f"{what}; mean over frames"))
        medians.append(Scalar(f"talkvid_{name}_min", pa.float64(), "0..100", "headpose", "the same, the worst frame"))
    return tuple(medians)


@dataclass(frozen=True)
class HeadPoseParams:
    """It has none."""


class HeadPose(Stage[HeadPoseParams]):
    """Points of the mesh that speech does not move are brought onto MediaPipe's canonical face (perspective-n-points);
    TalkVid's five scores of a head follow from them (`calm`).
    """

    name = "headpose"
    makes = (
        Column(
            "headpose.npy",
            "npy",
            "float32",
            "(R, 3)",
            "degrees",
            "yaw towards the picture's right, pitch upwards, roll clockwise",
            "headpose",
            "how the head of each row of `landmarks.npy` stands to the camera",
            "landmarks_frame.npy",
        ),
    )
    scores = _scalars()

    def needs(self) -> tuple[Need, ...]:
        """The points of the face, whole."""
        return (Made("landmarks.npy"), Made("landmarks_frame.npy"))

    def one(self, clip: StageClip) -> Outcome:
        """No face is a result too: no rows, and no scores."""
        points, numbers = clip.column("landmarks.npy"), clip.column("landmarks_frame.npy")
        if not len(points):
            return Outcome({"headpose.npy": np.zeros((0, 3), np.float32)})
        size = int(clip.facts["width"]), int(clip.facts["height"])
        angles = angles_of(head_rotations(points, size))
        scores = dict(zip(("head_yaw", "head_pitch", "head_roll"), np.median(angles, axis=0).tolist(), strict=True))
        for name, values in calm(points, angles, numbers, size).items():
            if len(values):
                scores |= {f"talkvid_{name}": float(values.mean()), f"talkvid_{name}_min": float(values.min())}
        return Outcome({"headpose.npy": angles}, {name: round(value, 3) for name, value in scores.items()})
