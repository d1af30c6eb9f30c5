"""The column `faces.msg`: all faces of a clip as a table, a row a detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from faceshards.models.detections import Detections


@dataclass
class FaceTable:
    """The table in the making: `width` and `height` of the clip in pixels, its number of `frames`."""

    width: int
    height: int
    frames: int
    rows: list[tuple[int, int, list[float], list[list[float]], float, bool]] = field(default_factory=list)

    def add(self, frame: int, tracks: Sequence[int], found: Detections, full: np.ndarray) -> None:
        """The faces of one frame. Pixels are kept to the hundredth, scores to the ten-thousandth."""
        boxes, points = found.boxes.astype(np.float64).round(2), found.points.astype(np.float64).round(2)
        scores = found.scores.astype(np.float64).round(4)
        for row, track in enumerate(tracks):
            self.rows.append(
                (frame, track, boxes[row].tolist(), points[row].tolist(), float(scores[row]), bool(full[row]))
            )

    def record(self) -> dict[str, Any]:
        """The column's value."""
        frame, track, box, points, score, full = map(list, zip(*self.rows, strict=True)) if self.rows else [[]] * 6
        table = {"frame": frame, "track": track, "box": box, "points": points, "score": score, "full": full}
        return {"size": [self.width, self.height], "frames": self.frames, **table}

    def scores(self) -> dict[str, float | int]:
        """`face_share`, frames with a face over all frames; `faces_max`, most faces in one frame."""
        counts = np.bincount([row[0] for row in self.rows], minlength=self.frames)
        return {
            "face_share": round(float(np.count_nonzero(counts)) / self.frames, 4),
            "faces_max": int(counts.max()),
        }


@dataclass(frozen=True)
class FaceArrays:
    """The table as arrays: `frame`, `track` (D,); `boxes` (D, 4), `points` (D, 5, 2) in pixels; `scores` (D,)."""

    frame: np.ndarray
    track: np.ndarray
    boxes: np.ndarray
    points: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> FaceArrays:
        """The arrays of a column's value."""
        return cls(
            np.array(record["frame"], np.int64),
            np.array(record["track"], np.int64),
            np.array(record["box"], np.float32).reshape(-1, 4),
            np.array(record["points"], np.float32).reshape(-1, 5, 2),
            np.array(record["score"], np.float32),
        )

    def __len__(self) -> int:
        return len(self.frame)
