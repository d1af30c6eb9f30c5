"""Faces followed over time: which detection of this frame is which face of the frames before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from faceshards.media.geometry import iou


@dataclass
class Track:
    """One face: its number, the last box that was seen, x1 y1 x2 y2 in pixels, and in which frame."""

    number: int
    box: np.ndarray
    frame: int


@dataclass
class Tracks:
    """The faces in view. A face that was out of view for more than `memory` frames comes back under a new
    number.

    `least_iou`: two boxes of one face in near frames overlap at least this much (intersection over union).
    """

    least_iou: float = 0.3
    memory: int = 10
    count: int = 0
    known: list[Track] = field(default_factory=list)

    def active(self, frame: int) -> list[Track]:
        """The faces that were seen in the frame before `frame`."""
        return [track for track in self.known if track.frame == frame - 1]

    def assign(self, boxes: np.ndarray, frame: int) -> list[Track]:
        """The track of each box (D, 4): greedily the best overlapping known face, else a new one. Updates them."""
        self.known = [track for track in self.known if frame - track.frame <= self.memory]
        known = np.array([track.box for track in self.known], np.float32).reshape(-1, 4)
        taken = {column: self.known[row] for row, column in greedy(iou(known, boxes), self.least_iou)}
        return [self._put(taken.get(row), box, frame) for row, box in enumerate(boxes)]

    def _put(self, track: Track | None, box: np.ndarray, frame: int) -> Track:
        if track is None:
            track = Track(self.count, box, frame)
            self.count += 1
            self.known.append(track)
        track.box, track.frame = box, frame
        return track


def greedy(overlaps: np.ndarray, least: float) -> Iterator[tuple[int, int]]:
    """Pairs (row, column), best overlap first, each row and column once, none below `least`."""
    overlaps = overlaps.copy()
    while overlaps.size and overlaps.max() >= least:
        row, column = divmod(int(overlaps.argmax()), overlaps.shape[1])
        yield row, column
        overlaps[row, :] = -1
        overlaps[:, column] = -1
