"""One picture through MediaPipe's networks, in the order in which Holistic runs them: body, then face and hands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceshards.curation.engine.network import NetQueue
from faceshards.curation.stages.dwpose.person import BodyPart, BodyPose, Person, Stance
from faceshards.curation.stages.dwpose.squares import (
    FACE_STILL,
    HAND_STILL,
    Square,
    body_square,
    face_search,
    face_square,
    hand_search,
    hand_square,
    mesh_square,
    recropped,
    shoulder_square,
)
from faceshards.media.geometry import Beyond, apply, invert, letterbox, warp
from faceshards.models.sessions import blazeface, face_mesh, hand_landmark, pose_detection, pose_landmark

# How sure the networks must be that they see a person, a face, a hand, and that a wrist is worth a look
# (ThresholdingCalculators of mediapipe 0.10.21).
_PRESENCE, _WRIST = 0.5, 0.1


@dataclass(frozen=True)
class Glance:
    """A look at a picture, uint8 (H, W, 3); `nets` by the names that `MediaPipe.networks` gives."""

    picture: np.ndarray
    nets: Mapping[str, NetQueue]
    detection: pose_detection.PoseDetection
    blaze: blazeface.BlazeFace

    async def found(self, least: float) -> list[tuple[Square, Stance]]:
        """Where the detector sees bodies, the surest first, and how they stand. Of several it is the upper body, and is
        to be looked at once more from where that is seen.
        """
        small, matrix = letterbox(self.picture, (pose_detection.SIDE, pose_detection.SIDE))
        regressors, logits = await self.nets["person"](small[None])
        points, _ = self.detection.persons(regressors[0], logits[0], least)
        # The square of a whole body shows the neighbour as well as the person, that of shoulders and head does not.
        square = body_square if len(points) == 1 else shoulder_square
        return [(square(*one), Stance.of(one)) for one in apply(invert(matrix), points)]

    async def body(self, square: Square) -> BodyPose | None:
        """The body in a square; None where there is nobody."""
        crop, back = self._cut(square, pose_landmark.SIDE)
        points, presence, outline = await self.nets["pose"](crop)
        if presence[0] < _PRESENCE:
            return None
        placed = np.column_stack([apply(back, points[0, :, :2]), points[0, :, 2:]])
        return BodyPose(placed.astype(np.float32), self._box(placed, apply(back, outline[0])))

    async def parts(self, body: BodyPose, before: Person | None) -> Person:
        """The person whose body it is, followed from the frame `before`."""
        face = await self._face(body, None if before is None else before.face)
        hands = (None, None) if before is None else before.hands
        left, right = [await self._hand(body, number, hands[number]) for number in (0, 1)]
        return Person(body, face, body.own(left, right))

    async def _face(self, body: BodyPose, before: BodyPart | None) -> BodyPart | None:
        """The face where the body has its head. Of several, the one nearest to where the head should be."""
        crop, back = self._cut(face_search(body.points[pose_landmark.HEAD, :2]), blazeface.SIDE, "black")
        regressors, logits = await self.nets["face"](crop)
        boxes, points, _ = self.blaze.faces(regressors[0], logits[0])
        if not len(boxes):
            return None
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        nearest = int(np.linalg.norm(middles - blazeface.SIDE / 2, axis=1).argmin())
        square = face_square(apply(back, points[nearest]))
        if before is not None and FACE_STILL.holds(kept := mesh_square(before.points), before.points, square):
            square = kept
        crop, back = self._cut(square, face_mesh.MESH_SIDE)
        mesh, presence = await self.nets["mesh"](crop)
        return self._part(mesh[0, :, :2], back, float(presence[0]))

    async def _hand(self, body: BodyPose, number: int, before: BodyPart | None) -> BodyPart | None:
        """The left (0) or the right (1) hand, where the body shows a wrist."""
        roots = list(pose_landmark.HAND_ROOTS[number])
        if body.scores[roots[0]] <= _WRIST:
            return None
        crop, back = self._cut(hand_search(*body.points[roots, :2]), hand_landmark.RECROP_SIDE)
        (points,) = await self.nets["recrop"](crop)
        square = recropped(apply(back, points[0]))
        if before is not None and HAND_STILL.holds(kept := hand_square(before.points), before.points, square):
            square = kept
        crop, back = self._cut(square, hand_landmark.HAND_SIDE)
        hand, presence = await self.nets["hand"](crop)
        return self._part(hand[0], back, float(presence[0]))

    def _cut(self, square: Square, size: int, beyond: Beyond = "edge") -> tuple[np.ndarray, np.ndarray]:
        """What is in a square, uint8 (1, size, size, 3), and the matrix (2, 3) that leads back."""
        matrix = square.matrix(size)
        # MediaPipe counts from the middle of a pixel where it cuts out, and from its corner where it places points.
        shown = np.column_stack([matrix[:, :2], matrix[:, 2] + 0.5 - matrix[:, :2].sum(axis=1) / 2])
        return warp(self.picture, shown, (size, size), beyond)[None], invert(matrix)

    def _part(self, points: np.ndarray, back: np.ndarray, presence: float) -> BodyPart | None:
        return BodyPart(apply(back, points).astype(np.float32), presence) if presence >= _PRESENCE else None

    def _box(self, points: np.ndarray, outline: np.ndarray) -> np.ndarray:
        """The box (4,) within the picture about a mask's outline (n, 2); about the points where the mask is empty."""
        some = outline[~np.isnan(outline[:, 0])]
        some = some if len(some) else points[:, :2]
        size = self.picture.shape[1::-1]
        return np.concatenate([some.min(axis=0), some.max(axis=0)]).clip(0, [*size, *size]).astype(np.float32)
