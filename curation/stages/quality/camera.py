"""Whether the camera moves: points of the background are followed from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np

from faceshards.curation.stages.quality.picture_measures import brought_down

# Pictures are brought down to this longer side, in which points are followed.
_SIDE = 256
# Points that are followed at the most, and the least that tell; what is called a corner; and how far apart they are.
_MOST, _LEAST, _CORNER, _APART = 80, 8, 0.02, 8
#: What stands for a motion that nothing tells.
UNKNOWN = -1.0


@dataclass
class Camera:
    """Follows the background of one clip, a frame at a time."""

    _before: np.ndarray | None = field(default=None, init=False)
    _aside: np.ndarray | None = field(default=None, init=False)

    def moved(self, grey: np.ndarray, faces: np.ndarray) -> float:
        """How far the picture's middle moves from the frame before to this one, in shares of the longer side: 0 in the
        first frame, `UNKNOWN` where fewer than 8 points of the background can be followed. `faces`: boxes (n, 4).

        Corners (Shi and Tomasi 1994) outside of persons, as far as boxes of faces tell, are followed (Lucas and Kanade,
        pyramids); of the similarities between them the one on which most agree is the camera's (RANSAC).
        """
        small = brought_down(grey, _SIDE)
        before, aside = self._before, self._aside
        self._before, self._aside = small, background(small.shape, faces * (small.shape[1] / grey.shape[1]))
        if before is None or aside is None:
            return 0.0
        return _between(before, small, cv2.bitwise_and(aside, self._aside))


def background(shape: tuple[int, ...], faces: np.ndarray) -> np.ndarray:
    """What is no person's, as far as boxes of faces (n, 4) tell, uint8 (H, W), 255 there: not within a head of twice
    the box's width, nor below it within three times that.
    """
    mask = np.full(shape[:2], 255, np.uint8)
    for x1, y1, x2, y2 in faces.tolist():
        width, height = x2 - x1, y2 - y1
        for beside, above, below in ((0.5, 0.5, y2 + height), (1.5, -0.8, shape[0])):
            low = max(0, int(x1 - beside * width)), max(0, int(y1 - above * height))
            mask[low[1] : max(0, int(below)), low[0] : max(0, int(x2 + beside * width))] = 0
    return mask


def _between(before: np.ndarray, after: np.ndarray, mask: np.ndarray) -> float:
    corners = cv2.goodFeaturesToTrack(before, _MOST, _CORNER, _APART, mask=mask)
    if corners is None or len(corners) < _LEAST:
        return UNKNOWN
    # OpenCV writes the ends into what it is given, unless that is no guess of them.
    ends, found, _ = cv2.calcOpticalFlowPyrLK(before, after, corners, corners.copy(), winSize=(15, 15), maxLevel=3)
    there = found.ravel() == 1
    if np.count_nonzero(there) < _LEAST:
        return UNKNOWN
    cv2.setRNGSeed(0)
    matrix, _ = cv2.estimateAffinePartial2D(corners[there], ends[there], ransacReprojThreshold=1.0)
    if matrix is None:
        return UNKNOWN
    middle = np.array([after.shape[1], after.shape[0]]) / 2
    step = np.linalg.norm(matrix[:, :2] @ middle + matrix[:, 2] - middle)
    return min(1.0, float(step) / max(after.shape))
