"""The stage `expression`: how far the eyes and the mouth of the face that `landmarks` follows are open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Made, Need
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.expression.blinks import blinks
from faceshards.curation.stages.expression.openings import eye_openings, mouth_openings
from faceshards.errors import UsageError
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_MAKER = "expression"


@dataclass(frozen=True)
class ExpressionParams:
    """`closed`: eyes are shut where they are less open than this share of what they are when open; `longest`: how long
    a blink lasts at most, in seconds.
    """

    closed: float = 0.55
    longest: float = 0.5

    def __post_init__(self) -> None:
        if not 0 < self.closed < 1:
            raise UsageError(f"expression.closed must be a share between 0 and 1, got {self.closed:g}")
        if not self.longest > 0:
            raise UsageError(f"expression.longest must be above 0 s, got {self.longest:g}")


class Expression(Stage[ExpressionParams]):
    """Arithmetic on the points of `landmarks`; blinks are seen where both eyes shut for a short while."""

    name = _MAKER
    makes = (
        Column(
            "eye_opening.npy",
            "npy",
            "float32",
            "(R, 2)",
            "distance of the lids over the eye's width",
            "",
            _MAKER,
            "how open the person's right and left eye are in each row of `lids.npy`: the eye aspect ratio "
            "(Soukupova & Cech 2016), about 0.3 when open, below 0.1 when shut",
            "landmarks_frame.npy",
        ),
        Column(
            "mouth_opening.npy",
            "npy",
            "float32",
            "(R,)",
            "distance of the lips over the face's height",
            "",
            _MAKER,
            "how open the mouth is in each row of `landmarks.npy`: 0 when shut, about 0.1 in speech",
            "landmarks_frame.npy",
        ),
    )
    scores = (
        Scalar("blinks_per_minute", pa.float64(), "1/min", _MAKER, "blinks over the time in which a face is seen"),
        Scalar("eye_opening", pa.float64(), "eye widths", _MAKER, "how open both eyes are, median over frames"),
        Scalar("mouth_opening", pa.float64(), "face heights", _MAKER, "how open the mouth is, median over frames"),
        Scalar("mouth_spread", pa.float64(), "face heights", _MAKER, "standard deviation of the mouth's opening"),
    )
    nested = ("blinks",)

    def needs(self) -> tuple[Need, ...]:
        """The points of the face and its lids, whole."""
        return (Made("landmarks.npy"), Made("lids.npy"), Made("landmarks_frame.npy"))

    def one(self, clip: StageClip) -> Outcome:
        """`blinks`: [start, end] in seconds. No face is a result too: no rows, and no scores."""
        eyes, mouth = eye_openings(clip.column("lids.npy")), mouth_openings(clip.column("landmarks.npy"))
        columns, numbers = {"eye_opening.npy": eyes, "mouth_opening.npy": mouth}, clip.column("landmarks_frame.npy")
        if not len(numbers):
            return Outcome(columns, {"blinks": []})
        line = clip.timeline
        found = blinks(eyes, numbers, line, self.params.closed, self.params.longest)
        seconds = sum(line.lasting(number, number + 1) for number in numbers.tolist())
        scores = {"blinks_per_minute": 60 * len(found) / seconds} if seconds else {}  # a picture lasts no time
        scores |= {
            "eye_opening": float(np.median(eyes.mean(axis=1))),
            "mouth_opening": float(np.median(mouth)),
            "mouth_spread": float(mouth.std(dtype=np.float64)),
        }
        spans = [[round(start, 3), round(stop, 3)] for start, stop in found]
        return Outcome(columns, {name: round(value, 4) for name, value in scores.items()} | {"blinks": spans})
