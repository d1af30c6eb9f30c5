"""The points of all persons in a portrait's frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from faceshards.errors import ColumnError
from faceshards.loaders.units.portrait.crop import moved
from faceshards.shards.schema.columns import COLUMNS

#: The columns of points and of how sure they are.
POINTS = ("dwpose.npy", "dwpose_score.npy")
#: In OpenPose's order of 134 points: the face's 68.
FACE = slice(24, 92)
#: A point that is less sure is not there (DWPose).
SURE = 0.3


@dataclass(frozen=True)
class Poses:
    """`points` (R, 134, 2) in pixels, their `scores` (R, 134) and the frame of each row, int64 (R,)."""

    points: np.ndarray
    scores: np.ndarray
    frame: np.ndarray

    @classmethod
    def of(cls, values: Mapping[str, Any], kept: np.ndarray) -> Poses:
        """The rows of the frames `kept` out of a sample's columns. Raises ColumnError where these do not agree."""
        try:
            points, scores, frame = (np.asarray(values[name]) for name in (*POINTS, COLUMNS[POINTS[0]].frame))
        except KeyError as error:
            raise ColumnError(f"{error.args[0]} is not there: run `faceshards curate --stages dwpose`") from None
        if points.shape != (len(frame), 134, 2) or scores.shape != points.shape[:2]:
            raise ColumnError(
                f"dwpose.npy, dwpose_score.npy and dwpose_frame.npy must be (R, 134, 2), (R, 134) and (R,), got "
                f"{points.shape}, {scores.shape} and {frame.shape}: curate again with --follow"
            )
        rows = np.isin(frame, kept)
        return cls(points[rows].astype(np.float64), scores[rows], frame[rows])

    def within(self, square: np.ndarray, side: int) -> Poses:
        """The same in pixels of a square that is drawn `side` large."""
        return replace(self, points=moved(self.points, square, side))

    def there(self) -> np.ndarray:
        """Which points are there: bool (R, 134)."""
        return (self.scores >= SURE) & np.isfinite(self.points).all(-1) & self.points.any(-1)

    def at(self, number: int) -> Poses:
        """Those of one frame."""
        rows = self.frame == number
        return Poses(self.points[rows], self.scores[rows], self.frame[rows])

    def nearest(self, box: np.ndarray) -> Poses:
        """The one row, or none, whose face's points lie nearest to the middle of a box (4,)."""
        there = self.there()[:, FACE]
        seen = np.flatnonzero(there.any(axis=1))
        middles = [self.points[row, FACE][there[row]].mean(axis=0) for row in seen]
        far = [float(np.square(middle - (box[:2] + box[2:]) / 2).sum()) for middle in middles]
        best = seen[[int(np.argmin(far))]] if far else seen
        return Poses(self.points[best], self.scores[best], self.frame[best])
