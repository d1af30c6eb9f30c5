"""Squares of a frame in which MediaPipe Holistic looks for a body, its face and its hands.

The numbers are those of its graphs (mediapipe 0.10.21, modules/pose_landmark, modules/holistic_landmark).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.media.geometry import apply
from faceshards.models.sessions.face_mesh import LEFT_CORNER, RIGHT_CORNER, angle_of, roi_matrix
from faceshards.models.sessions.pose_landmark import LEFT_EYE, RIGHT_EYE

# Of a hand's points those of the palm, up to the middle joints of the fingers; three of these joints say which way up
# the hand is, the middle finger's for two (HandLandmarksToRectCalculator).
_PALM = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
_INDEX, _MIDDLE, _RING = 6, 10, 14


@dataclass(frozen=True)
class Square:
    """A square of `side` pixels about `middle` (2,), turned by `angle`, radians, clockwise in the picture."""

    middle: np.ndarray
    side: float
    angle: float

    def matrix(self, size: int) -> np.ndarray:
        """The matrix (2, 3) that takes it to `size` pixels, upright."""
        return roi_matrix(self.middle, max(self.side, 1.0), self.angle, size)

    def beyond(self, share: float, growth: float) -> Square:
        """It, moved upwards by a share of its side, then `growth` times as large."""
        up = np.array([np.sin(self.angle), -np.cos(self.angle)])
        return Square(self.middle + share * self.side * up, self.side * growth, self.angle)


@dataclass(frozen=True)
class Steadiness:
    """How far a square that follows from the points of the frame before may be from one that is found anew, and how far
    within that the points must be, for them to be trusted: turn in radians, the others in sides of the new one.
    """

    turn: float
    shift: float
    growth: float
    margin: float

    def holds(self, before: Square, points: np.ndarray, found: Square) -> bool:
        """Whether the points (n, 2) of the frame before, and their square, still fit (RoiTrackingCalculator)."""
        turned = abs((before.angle - found.angle + np.pi) % (2 * np.pi) - np.pi)
        moved = np.abs(apply(found.matrix(1), before.middle) - 0.5).max()
        grown = abs(before.side - found.side) / found.side
        within = np.abs(apply(found.matrix(1), points) - 0.5).max() < (1 - self.margin) / 2
        return bool(turned <= self.turn and moved <= self.shift and grown <= self.growth and within)


#: For a face (FaceTracking), and for a hand (HandTracking).
FACE_STILL = Steadiness(np.radians(15), 0.1, 0.3, 0.2)
HAND_STILL = Steadiness(np.radians(40), 0.2, 0.4, 0.1)


def body_square(hips: np.ndarray, reach: np.ndarray, *_: np.ndarray) -> Square:
    """About a person by the middle of the hips, and by what says how large and how turned (PoseLandmarksToRoi): the
    first two of the detector's four points.
    """
    return _upwards(hips, reach, 2 * 1.25)


def shoulder_square(_hips: np.ndarray, _reach: np.ndarray, shoulders: np.ndarray, reach: np.ndarray) -> Square:
    """About the upper body, by the last two of them (the older graph pose_detection_to_roi.pbtxt of MediaPipe)."""
    return _upwards(shoulders, reach, 2 * 1.5)


def face_search(head: np.ndarray) -> Square:
    """Where a face is looked for, by the points (11, 2) of a body's head (FaceLandmarksFromPoseToRecropRoi)."""
    return _bounding(head, angle_of(head[RIGHT_EYE], head[LEFT_EYE])).beyond(0, 3)


def face_square(points: np.ndarray) -> Square:
    """About a face by the six points of BlazeFace (FaceDetectionFrontDetectionsToRoi)."""
    angle = angle_of(points[0], points[1])
    up = np.array([np.sin(angle), -np.cos(angle)])
    tight = _bounding(points, angle)
    return Square(tight.middle + 0.1 * np.ptp(points[:, 1]) * up, 2 * tight.side, angle)


def mesh_square(mesh: np.ndarray) -> Square:
    """About a face by its mesh (468, 2) (FaceLandmarksToRoi)."""
    return _bounding(mesh, angle_of(mesh[RIGHT_CORNER], mesh[LEFT_CORNER])).beyond(0, 1.5)


def hand_search(wrist: np.ndarray, little: np.ndarray, index: np.ndarray) -> Square:
    """Where a hand is looked for, by three points of the body (HandLandmarksFromPoseToRecropRoi)."""
    knuckle = (2 * index + little) / 3
    towards = _upwards(wrist, knuckle, 2)
    return Square(knuckle, towards.side, towards.angle).beyond(0.1, 2.7)


def recropped(points: np.ndarray) -> Square:
    """About a hand by the two points (2, 2) of `hand_recrop` (HandRecropByRoiCpu)."""
    down = _upwards(points[0], points[1], 2)
    return Square(points[0], down.side, down.angle + np.pi).beyond(0.1, 1)


def hand_square(hand: np.ndarray) -> Square:
    """About a hand by its points (21, 2) (HandLandmarksToRoi)."""
    palm = hand[_PALM]
    angle = _upwards(hand[0], (hand[_INDEX] + hand[_RING] + 2 * hand[_MIDDLE]) / 4, 1).angle
    middle = (palm.min(axis=0) + palm.max(axis=0)) / 2
    upright = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    own = (palm - middle) @ upright.T
    low, high = own.min(axis=0), own.max(axis=0)
    height, side = float(high[1] - low[1]), float((high - low).max())
    shifted = (low + high) / 2 - [0, 0.1 * height]
    return Square(middle + shifted @ upright, 2 * side, angle)


def _upwards(start: np.ndarray, end: np.ndarray, growth: float) -> Square:
    """About a point, so many times as wide as another is far, which lies straight above."""
    way = np.asarray(end, np.float64) - start
    return Square(np.asarray(start, np.float64), growth * float(np.hypot(*way)), angle_of(start, end) + np.pi / 2)


def _bounding(points: np.ndarray, angle: float) -> Square:
    """As wide as the longer side of the upright box about points, and turned about its middle."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    return Square((low + high) / 2, float((high - low).max()), angle)
