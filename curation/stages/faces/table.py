"""The column `faces.msg`: all faces of a clip as a table, a row a detection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faceshards.errors import ClipError
from faceshards.shards.schema.columns import PIXELS, Column

if TYPE_CHECKING:
    from faceshards.models.detections import Detections


#: The column, as the format has it.
FACES = Column(
    "faces.msg",
    "msg",
    "map",
    "D rows",
    "pixels; scores 0..1",
    PIXELS,
    "faces",
    "detections, one row each: size [W, H]; frames N; frame, track (D,); box (D, 4) x1 y1 x2 y2; "
    "points (D, 5, 2): left and right eye as seen, nose, left and right mouth corner; score (D,); "
    "full (D,): found by a look at the whole frame, else followed from the frame before",
)


class FaceTable:
    """The table in the making."""

    def __init__(self) -> None:
        self._size, self._frames = (0, 0), 0
        self._rows: list[tuple[int, int, list[float], list[list[float]], float, bool]] = []

    def __len__(self) -> int:
        return len(self._rows)

    def add(
        self, shape: tuple[int, ...], frame: int, tracks: Sequence[int], found: Detections, full: np.ndarray
    ) -> None:
        """The faces of the next frame, of `shape` (H, W, 3). Pixels are kept to the hundredth, scores to the
        ten-thousandth.
        """
        self._size, self._frames = (shape[1], shape[0]), frame + 1
        boxes, points = found.boxes.astype(np.float64).round(2), found.points.astype(np.float64).round(2)
        scores = found.scores.astype(np.float64).round(4)
        for row, track in enumerate(tracks):
            self._rows.append(
                (frame, track, boxes[row].tolist(), points[row].tolist(), float(scores[row]), bool(full[row]))
            )

    def record(self) -> dict[str, Any]:
        """The column's value."""
        return {"size": list(self._size), "frames": self._frames, **self._lists(0)}

    def rows_from(self, start: int) -> dict[str, np.ndarray]:
        """The rows from `start` on, as arrays: what `FaceArrays.of` takes."""
        return {name: np.asarray(values) for name, values in self._lists(start).items()}

    def scores(self) -> dict[str, float | int]:
        """`face_share`, frames with a face over all frames; `faces_max`, most faces in one frame."""
        counts = np.bincount([row[0] for row in self._rows], minlength=self._frames)
        return {
            "face_share": round(float(np.count_nonzero(counts)) / self._frames, 4),
            "faces_max": int(counts.max()),
        }

    def _lists(self, start: int) -> dict[str, list[Any]]:
        rows = self._rows[start:]
        frame, track, box, points, score, full = map(list, zip(*rows, strict=True)) if rows else [[]] * 6
        return {"frame": frame, "track": track, "box": box, "points": points, "score": score, "full": full}


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
        """The arrays of a column's value, or of rows of it, which may be none."""
        none: list[Any] = []
        return cls(
            np.array(record.get("frame", none), np.int64),
            np.array(record.get("track", none), np.int64),
            np.array(record.get("box", none), np.float32).reshape(-1, 4),
            np.array(record.get("points", none), np.float32).reshape(-1, 5, 2),
            np.array(record.get("score", none), np.float32),
        )

    def __len__(self) -> int:
        return len(self.frame)


def whole_table(record: Any) -> tuple[FaceArrays, tuple[int, int], int]:
    """The faces of the column, the frames' size, (width, height), and their number. Raises ClipError `bad-column`."""
    try:
        width, height = record["size"]
        return FaceArrays.of(record), (int(width), int(height)), int(record["frames"])
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ClipError("bad-column", f"{FACES.name} is no table of faces ({error!r}): make it again") from error
