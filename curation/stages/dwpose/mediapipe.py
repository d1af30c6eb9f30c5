"""The embedded backend: MediaPipe's networks, put together as its Holistic does, for several persons."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import numpy as np

from faceshards.curation.engine.network import Net, NetQueue
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.curation.stages.dwpose.columns import put_persons, put_points
from faceshards.curation.stages.dwpose.glance import Glance
from faceshards.curation.stages.dwpose.openpose import in_openpose_order
from faceshards.curation.stages.dwpose.person import Person, Stance
from faceshards.models.sessions.blazeface import BlazeFace
from faceshards.models.sessions.face_mesh import FaceMesh
from faceshards.models.sessions.hand_landmark import HandLandmark, HandRecrop
from faceshards.models.sessions.pose_detection import PoseDetection
from faceshards.models.sessions.pose_landmark import PoseLandmark
from faceshards.models.weights.registry import find

#: The model files, as the registry names them.
WEIGHTS = (
    "pose_detection",
    "pose_landmark_full",
    "face_detection_short_range",
    "face_landmark",
    "hand_recrop",
    "hand_landmark_full",
)
# Every so many frames somebody new is looked for beside those who are followed.
_LOOK_EVERY = 10


class MediaPipe:
    """Persons are followed from frame to frame by their own points. They are looked for in every tenth frame, where one
    was lost, and while there is none. `least`: how sure that search must be; `most`: persons who are followed.
    Raises WeightsError, StageError.
    """

    def __init__(self, least: float, most: int) -> None:
        self._least, self._most = least, most
        import_module("scipy.special")
        detection, pose, face, mesh, recrop, hand = map(find, WEIGHTS)
        self._detection, self._pose = PoseDetection(detection), PoseLandmark(pose)
        self._blaze, self._mesh = BlazeFace(face), FaceMesh(mesh)
        self._recrop, self._hand = HandRecrop(recrop), HandLandmark(hand)

    def networks(self) -> dict[str, Net]:
        """A row at a time, as these files hold one."""
        runs = {
            "person": self._detection.run, "pose": self._pose.run, "face": self._blaze.run,
            "mesh": self._mesh.run, "recrop": self._recrop.run, "hand": self._hand.run,
        }  # fmt: skip
        return {name: Net(run) for name, run in runs.items()}

    async def look(self, clip: StageClip, out: Outlet, nets: Mapping[str, NetQueue]) -> list[int]:
        """Puts out the rows of a clip; how many persons were seen in each frame."""
        counts: list[int] = []
        persons: list[Person] = []
        async for chunk in clip.frames():
            for number, picture in zip(chunk.numbers.tolist(), chunk.pictures, strict=True):
                glance = Glance(picture, nets, self._detection, self._blaze)
                persons, count = await self._persons(glance, persons, number % _LOOK_EVERY == 0)
                counts.append(count)
                put_persons(out, _boxes(persons), np.full(len(persons), number, np.int64))
                put_points(out, *_points(persons))
        return counts

    async def _persons(self, glance: Glance, before: list[Person], search: bool) -> tuple[list[Person], int]:
        """The persons of a picture, those of the frame before first, and how many were seen, followed or not."""
        persons: list[Person] = []
        for one in before:
            body = await glance.body(one.body.square)
            if body is not None and not _known(body.stance, persons):
                persons.append(await glance.parts(body, one))
        if not search and persons and len(persons) == len(before):
            return persons, len(persons)
        more = 0
        found = await glance.found(self._least)
        for square, stance in found:
            if _known(stance, persons):
                continue
            if len(persons) >= self._most:
                more += 1
                continue
            body = await glance.body(square)
            if body is not None and len(found) > 1:
                body = await glance.body(body.square)
            if body is not None and not _known(body.stance, persons):
                persons.append(await glance.parts(body, None))
        return persons, len(persons) + more


def _known(stance: Stance, persons: list[Person]) -> bool:
    return any(one.body.stance.near(stance) for one in persons)


def _boxes(persons: list[Person]) -> np.ndarray:
    return np.array([one.body.box for one in persons], np.float32).reshape(-1, 4)


def _points(persons: list[Person]) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 134, 2) and scores (n, 134)."""
    each = [one.wholebody() for one in persons]
    points = np.array([one for one, _ in each], np.float32).reshape(-1, 133, 2)
    return in_openpose_order(points, np.array([one for _, one in each], np.float32).reshape(-1, 133))
