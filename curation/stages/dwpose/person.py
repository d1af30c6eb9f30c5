"""A person as MediaPipe's networks see one, and its 133 points in COCO-WholeBody's order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceshards.curation.stages.dwpose.squares import Square, body_square, hand_square
from faceshards.models.sessions import pose_detection, pose_landmark
from faceshards.models.sessions.face_layouts import MESH_68

# Of MediaPipe's 33 points of a body: COCO's 17; then big toe and heel of the left and of the right foot, which are
# points 17, 19, 20 and 22 of COCO-WholeBody. Its small toes, 18 and 21, have no counterpart.
_BODY = [0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28]
_FEET, _FEET_PLACES = [31, 29, 32, 30], [17, 19, 20, 22]
_FACE, _HANDS = slice(23, 91), (slice(91, 112), slice(112, 133))
# Persons whose shoulders are less than so much of their size apart are one; a size is some 2.5 widths of the shoulders.
_ONE_PERSON = 0.2
# Hands whose points are, in the mean, less than so much of their square apart are one.
_ONE_HAND = 0.15


@dataclass(frozen=True)
class BodyPart:
    """A face, (468, 2), or a hand, (21, 2), in the frame's pixels, and how sure the network is that it is one."""

    points: np.ndarray
    score: float


@dataclass(frozen=True)
class Stance:
    """The middle of a person's shoulders, (2,), and how large the person is, in the frame's pixels: by it persons are
    told apart.
    """

    middle: np.ndarray
    size: float

    @classmethod
    def of(cls, points: np.ndarray) -> Stance:
        """By the detector's four points (4, 2)."""
        return cls(points[pose_detection.SHOULDERS], _length(points[pose_detection.HIPS], points[pose_detection.REACH]))

    def near(self, other: Stance) -> bool:
        """Whether one person has both."""
        return bool(np.linalg.norm(self.middle - other.middle) < _ONE_PERSON * min(self.size, other.size))


@dataclass(frozen=True)
class BodyPose:
    """Points of `pose_landmark`, (39, 4), x and y in the frame's pixels, and the box (4,) of the person's mask."""

    points: np.ndarray
    box: np.ndarray

    @property
    def scores(self) -> np.ndarray:
        """How sure each point is, (39,): visible, and within the picture."""
        product: np.ndarray = self.points[:, 2] * self.points[:, 3]
        return product

    @property
    def square(self) -> Square:
        """Where the person is looked for in the next frame."""
        return body_square(*self.points[[pose_landmark.HIPS, pose_landmark.REACH], :2])

    @property
    def stance(self) -> Stance:
        """Where it stands."""
        shoulders = self.points[list(pose_landmark.SHOULDERS), :2].mean(axis=0)
        return Stance(shoulders, _length(*self.points[[pose_landmark.HIPS, pose_landmark.REACH], :2]))

    def own(self, left: BodyPart | None, right: BodyPart | None) -> tuple[BodyPart | None, BodyPart | None]:
        """Its left and right hand. Where both are one and the same, it is that of the nearer wrist."""
        if left is None or right is None:
            return left, right
        apart = np.linalg.norm(left.points - right.points, axis=1).mean()
        if apart > _ONE_HAND * hand_square(left.points).side:
            return left, right
        far = [np.linalg.norm(self.points[roots[0], :2] - left.points[0]) for roots in pose_landmark.HAND_ROOTS]
        return (left, None) if far[0] <= far[1] else (None, right)


@dataclass(frozen=True)
class Person:
    """A body with what was seen of its face and of its left and right hand."""

    body: BodyPose
    face: BodyPart | None
    hands: tuple[BodyPart | None, BodyPart | None]

    def wholebody(self) -> tuple[np.ndarray, np.ndarray]:
        """The points, float32 (133, 2), and scores (133,); 0 where nothing is known. A point of the body scores as the
        body says, those of a face or a hand as it is sure to be one.
        """
        points, scores = np.zeros((133, 2), np.float32), np.zeros(133, np.float32)
        points[:17], scores[:17] = self.body.points[_BODY, :2], self.body.scores[_BODY]
        points[_FEET_PLACES], scores[_FEET_PLACES] = self.body.points[_FEET, :2], self.body.scores[_FEET]
        if self.face is not None:
            points[_FACE], scores[_FACE] = self.face.points[list(MESH_68)], self.face.score
        for place, hand in zip(_HANDS, self.hands, strict=True):
            if hand is not None:
                points[place], scores[place] = hand.points, hand.score
        return points, scores


def _length(start: np.ndarray, end: np.ndarray) -> float:
    return float(np.linalg.norm(end - start))
