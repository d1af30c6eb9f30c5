"""A face followed at 25 pictures a second and cut out with its chin, as networks that watch lips are used to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.errors import ClipError

#: Pictures a second, and the side of one in pixels.
RATE, SIDE = 25, 224

# Boxes are steadied by the median over so many pictures; a crop reaches so many half sides up, down and to the sides;
# beyond the picture it is so bright (`Columbia_test.py` of Light-ASD, `run_pipeline.py` of syncnet_python).
_STEADY = 13
_UP, _DOWN, _ASIDE = 1.0, 1.8, 1.4
_BEYOND = 110
# Seconds that a face is watched for at most: times that claim more are no recording's.
_LONGEST = 24 * 3600


@dataclass(frozen=True)
class FollowedFace:
    """A track of `faces.msg` at 25 pictures a second, from `start` on, in seconds.

    `frames` int64 (T,), ascending: the clip's frame that is shown nearest to each moment; some come twice, or not at
    all, where the clip has another rate. `squares` float64 (T, 3): x and y of the middle of the face, and half the
    longer side of its box, in pixels. `own` int64 (n,): the frames of the clip from its first to its last, and
    `moments` (n,) which of the T is nearest to each.
    """

    track: int
    start: float
    frames: np.ndarray
    squares: np.ndarray
    own: np.ndarray
    moments: np.ndarray

    def cut(self, pictures: np.ndarray, first: int) -> Iterator[np.ndarray]:
        """Those of its pictures that are among `pictures`, uint8 (n, H, W, 3), whose first is frame `first`, one by
        one: uint8 (224, 224, 3). A frame that is shown for an hour comes 90,000 times.
        """
        for row in np.flatnonzero((self.frames >= first) & (self.frames < first + len(pictures))).tolist():
            yield cut(pictures[self.frames[row] - first], *self.squares[row].tolist())


def followed(faces: FaceArrays, times: np.ndarray, most: int) -> list[FollowedFace]:
    """The `most` largest tracks of a clip whose frames are shown at `times` (N,), in seconds: those whose boxes cover
    most over all frames first. Where a face was lost for a moment its box moves evenly. Raises ClipError (`too-large`)
    for times that claim more than a day.
    """
    sizes = (faces.boxes[:, 2:] - faces.boxes[:, :2]).clip(0).prod(axis=1).astype(np.float64)
    tracks = np.unique(faces.track)
    covered = {int(track): float(sizes[faces.track == track].sum()) for track in tracks}
    largest = sorted(covered, key=lambda track: (-covered[track], track))[:most]
    return [
        _face(track, faces.frame[faces.track == track], faces.boxes[faces.track == track], times) for track in largest
    ]


def _face(track: int, frames: np.ndarray, boxes: np.ndarray, times: np.ndarray) -> FollowedFace:
    own = np.arange(frames[0], frames[-1] + 1)
    low_x, low_y, high_x, high_y = (np.interp(own, frames, side) for side in boxes.T.astype(np.float64))
    half = np.maximum(high_x - low_x, high_y - low_y) / 2
    squares = np.stack([(low_x + high_x) / 2, (low_y + high_y) / 2, half], axis=1)
    shown = times[own]
    if shown[-1] - shown[0] > _LONGEST:
        raise ClipError("too-large", f"a face is shown for {shown[-1] - shown[0]:.0f} s, the limit is {_LONGEST}")
    count = int((shown[-1] - shown[0]) * RATE + 0.25) + 1  # clocks of containers are coarse
    moments = shown[0] + np.arange(count) / RATE
    at = _nearest(shown, moments)
    return FollowedFace(track, float(shown[0]), own[at], _steady(squares[at]), own, _nearest(moments, shown))


def _steady(rows: np.ndarray) -> np.ndarray:
    """The median of each number and its neighbours; before the first and behind the last are more of these."""
    padded = np.pad(rows, ((_STEADY // 2, _STEADY // 2), (0, 0)), mode="edge")
    return np.median(sliding_window_view(padded, _STEADY, axis=0), axis=-1)


def _nearest(times: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Which of the ascending times (n,) is nearest to each moment: int64 (m,); of two that are, the earlier."""
    return np.searchsorted((times[1:] + times[:-1]) / 2, moments, side="left")


def cut(picture: np.ndarray, x: float, y: float, half: float) -> np.ndarray:
    """The face in a square of a picture, uint8 (H, W, 3), with as much below and beside it as the networks are used to:
    uint8 (224, 224, 3).
    """
    height, width = picture.shape[:2]
    top, bottom = int(np.floor(y - _UP * half)), int(np.floor(y + _DOWN * half))
    left, right = int(np.floor(x - _ASIDE * half)), int(np.floor(x + _ASIDE * half))
    bottom, right = max(bottom, top + 1), max(right, left + 1)
    inside = picture[max(0, top) : max(0, bottom), max(0, left) : max(0, right)]
    above, below = max(0, -top), max(0, bottom - height)
    before, behind = max(0, -left), max(0, right - width)
    grey = (_BEYOND,) * 3
    whole = cv2.copyMakeBorder(inside, above, below, before, behind, cv2.BORDER_CONSTANT, value=grey)
    return cv2.resize(whole, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
