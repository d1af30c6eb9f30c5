"""Faces followed over time: which detection of this frame is which face of the frames before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass
class Track:
    """One face: its number, the last box that was seen, x1 y1 x2 y2 in pixels, and in which frame."""

    number: int
    box: Floats
    frame: int


@dataclass
class Tracks:
    """The faces in view. A face that was out of view for more than `memory` frames comes back under a new number.

    `least_iou`: two boxes of one face in near frames overlap at least this much (intersection over union).
    """

    least_iou: float = 0.3
    memory: int = 10
    count: int = 0
    known: list[Track] = field(default_factory=list)

    def active(self, frame: int) -> list[Track]:
        """The faces that were seen in the frame before `frame`."""
        return [track for track in self.known if track.frame == frame - 1]

    def assign(self, boxes: Floats, frame: int) -> list[Track]:
        """The track of each box (D, 4): greedily the best overlapping known face, else a new one. Updates them."""
        self.known = [track for track in self.known if frame - track.frame <= self.memory]
        pairs = dict(greedy(iou([track.box for track in self.known], boxes), self.least_iou))
        taken = {column: self.known[row] for row, column in pairs.items()}
        return [self._put(taken.get(row), box, frame) for row, box in enumerate(boxes)]

    def _put(self, track: Track | None, box: Floats, frame: int) -> Track:
        if track is None:
            track = Track(self.count, box, frame)
            self.count += 1
            self.known.append(track)
        track.box, track.frame = box, frame
        return track


def iou(one: list[Floats] | Floats, other: list[Floats] | Floats) -> npt.NDArray[np.float64]:
    """Intersection over union of each pair of boxes, (A, 4) and (B, 4) -> (A, B), 0..1."""
    a = np.asarray(one, np.float64).reshape(-1, 1, 4)
    b = np.asarray(other, np.float64).reshape(1, -1, 4)
    sides = np.minimum(a[..., 2:], b[..., 2:]) - np.maximum(a[..., :2], b[..., :2])
    shared = np.prod(np.maximum(sides, 0), axis=-1)
    union = np.prod(a[..., 2:] - a[..., :2], axis=-1) + np.prod(b[..., 2:] - b[..., :2], axis=-1) - shared
    return np.where(union > 0, shared / np.where(union > 0, union, 1), 0)


def greedy(overlaps: npt.NDArray[np.float64], least: float) -> Iterator[tuple[int, int]]:
    """Pairs (row, column), best overlap first, each row and column once, none below `least`."""
    overlaps = overlaps.copy()
    while overlaps.size and overlaps.max() >= least:
        row, column = divmod(int(overlaps.argmax()), overlaps.shape[1])
        yield row, column
        overlaps[row, :] = -1
        overlaps[:, column] = -1
