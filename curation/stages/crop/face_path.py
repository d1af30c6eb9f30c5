"""One face over a whole clip: where it is in each frame, without gaps and without jitter."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from faceshards.curation.stages.faces.table import FaceArrays


@dataclass(frozen=True)
class FacePath:
    """Of each frame the box, float64 (N, 4), and the five points, (N, 5, 2), of the clip's main face, in pixels.

    `seen`, bool (N,): it was found there. Elsewhere it is on the straight way between the frames around, or where it
    was found in the nearest one. `parts`: (first, stop) of stretches of frames between which it jumps.
    """

    boxes: np.ndarray
    points: np.ndarray
    seen: np.ndarray
    parts: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, faces: FaceArrays, frames: int) -> FacePath | None:
        """The path of the main face: the track with the largest sum of areas; where it is not in view, the next largest
        that is in view at no time together with one that was taken. None where there is no face.
        """
        rows = _main_tracks(faces)
        if not rows:
            return None
        ends = [(int(faces.frame[one[0]]), int(faces.frame[one[-1]])) for one in rows]
        # Between two tracks each frame goes with the nearer one.
        borders = [(last + first) // 2 + 1 for (_, last), (first, _) in pairwise(ends)]
        parts = tuple(zip([0, *borders], [*borders, frames], strict=True))
        boxes, points = np.empty((frames, 4)), np.empty((frames, 5, 2))
        seen = np.zeros(frames, bool)
        for one, (first, stop) in zip(rows, parts, strict=True):
            boxes[first:stop] = _filled(faces.frame[one], faces.boxes[one], first, stop)
            points[first:stop] = _filled(faces.frame[one], faces.points[one], first, stop)
            seen[faces.frame[one]] = True
        return cls(boxes, points, seen, parts)

    def smooth(self, values: np.ndarray, frames: float) -> np.ndarray:
        """Values (N, ...) along the path, each stretch for itself, without jitter: the median over so many frames, as
        in SyncNet's and LatentSync's crops, then a Gaussian as wide. As they are where `frames` is 1 or less.
        """
        if frames <= 1:
            return values
        from scipy.ndimage import gaussian_filter1d, median_filter  # a tenth of a second to load

        made = np.empty_like(values)
        window = (2 * int(frames // 2) + 1, *[1] * (values.ndim - 1))
        for first, stop in self.parts:
            steady = median_filter(values[first:stop], window, mode="nearest")
            made[first:stop] = gaussian_filter1d(steady, frames / 4, axis=0, mode="nearest")
        return made


def _main_tracks(faces: FaceArrays) -> list[np.ndarray]:
    """The rows of each track that is taken, in the order of time."""
    sides = faces.boxes[:, 2:].astype(np.float64) - faces.boxes[:, :2]
    tracks = [np.flatnonzero(faces.track == number) for number in np.unique(faces.track)]
    tracks.sort(key=lambda rows: -sides[rows].prod(axis=1).sum())
    taken: list[np.ndarray] = []
    for rows in tracks:
        first, last = faces.frame[rows[0]], faces.frame[rows[-1]]
        if all(last < faces.frame[one[0]] or first > faces.frame[one[-1]] for one in taken):
            taken.append(rows)
    return sorted(taken, key=lambda rows: int(faces.frame[rows[0]]))


def _filled(numbers: np.ndarray, values: np.ndarray, first: int, stop: int) -> np.ndarray:
    """Values (R, ...) of some frames as those of the frames `first` to `stop`, which is not among them."""
    flat = values.reshape(len(values), -1).astype(np.float64)
    wanted = np.arange(first, stop)
    filled = np.stack([np.interp(wanted, numbers, column) for column in flat.T], axis=1)
    return filled.reshape(len(wanted), *values.shape[1:])
