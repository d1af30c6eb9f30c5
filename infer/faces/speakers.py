"""Who speaks, as a separator is told: of each speaker what a network says of his face, 25 times a second."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.face_crop import upright_face
from faceshards.curation.stages.faces.faces import BACKENDS as DETECTORS
from faceshards.curation.stages.faces.faces import FacesParams, FollowedFaces
from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.identity.backends import BACKENDS, IdentityNet
from faceshards.errors import ClipError, UsageError
from faceshards.media.clip import Clip

#: Rows of embeddings a second.
FACE_RATE = 25


@dataclass(frozen=True)
class Speaker:
    """`embeddings` float32 (T, D), a row every 1 / 25 s from the first picture on; `name`: of what he says; `picture`:
    his face, uint8 (224, 224, 3), where there is one.
    """

    name: str
    embeddings: np.ndarray
    picture: np.ndarray | None = None

    def during(self, start: float, count: int) -> np.ndarray:
        """The `count` rows from `start` seconds on, float32 (count, D); beyond both ends the nearest one again."""
        rows = round(start * FACE_RATE) + np.arange(count)
        return self.embeddings[np.clip(rows, 0, len(self.embeddings) - 1)]


class SpeakerFinder:
    """The faces of videos, followed as the stage `faces` does and told by a backend of `face_embeddings`.

    Raises UsageError for a backend that there is not, and what loading it raises.
    """

    def __init__(self, backend: str) -> None:
        if backend not in BACKENDS:
            raise UsageError(f"faces are told by one of {', '.join(BACKENDS)}, not by {backend!r}: train it anew")
        self.backend, self._params = backend, FacesParams()
        self._net = BACKENDS[backend].opened()
        self._detector = DETECTORS[self._params.backend].load(self._params.min_face, "cpu")

    def of(self, clip: Clip, count: int) -> list[Speaker]:
        """The `count` persons of a video who are seen most (the sum of areas of a face that is followed), from left to
        right: `face-1`, `face-2`, ...

        A face that is out of view is taken to be on the way between the frames around. Raises ClipError `no-face` where
        fewer are seen.
        """
        faces = self._followed(clip)
        tracks = _largest(faces, count)
        if len(tracks) < count:
            raise ClipError("no-face", f"{len(tracks)} faces are followed in it, and {count} speakers are to be told")
        paths = [path for one in tracks if (path := FacePath.of(_rows(faces, one), len(clip))) is not None]
        paths.sort(key=lambda path: float(path.boxes[path.seen][:, [0, 2]].mean()))
        found = self._told(clip, paths)
        return [replace(one, name=f"face-{number}") for number, one in enumerate(found, 1)]

    def _followed(self, clip: Clip) -> FaceArrays:
        followed = FollowedFaces(self._detector, self._params.every)
        for chunk in clip.frames():
            followed.add(chunk.numbers.tolist(), chunk.pictures)
        return FaceArrays.of(followed.table.record())

    def _told(self, clip: Clip, paths: list[FacePath]) -> list[Speaker]:
        """What the backend says of the faces on these paths."""
        seconds = clip.timeline.lasting(0, len(clip))
        numbers = clip.timeline.paced(0, FACE_RATE, max(1, ceil(seconds * FACE_RATE)))
        wanted, place = np.unique(numbers, return_inverse=True)
        told = [ToldFaces(self._net) for _ in paths]
        pictures: list[np.ndarray | None] = [None for _ in paths]
        for chunk in clip.frames(wanted):
            for number, picture in zip(chunk.numbers.tolist(), chunk.pictures, strict=True):
                for at, path in enumerate(paths):
                    told[at].add(self._net.crop(picture, path.boxes[number], path.points[number]))
                    if pictures[at] is None and path.seen[number]:
                        pictures[at] = upright_face(picture, path.points[number])[0]
        return [Speaker("", one.rows()[place], picture) for one, picture in zip(told, pictures, strict=True)]


class ToldFaces:
    """Crops of one face, told a batch at a time: those of a long video are never all in memory."""

    def __init__(self, net: IdentityNet) -> None:
        self._net, self._waiting = net, list[np.ndarray]()
        self._rows: list[np.ndarray] = []

    def add(self, crop: np.ndarray) -> None:
        """One more."""
        self._waiting.append(crop)
        if len(self._waiting) == self._net.batch:
            self._tell()

    def rows(self) -> np.ndarray:
        """What is told of all, float32 (n, D)."""
        if self._waiting:
            self._tell()
        return np.concatenate(self._rows)

    def _tell(self) -> None:
        self._rows.append(self._net.run(np.stack(self._waiting))[0])
        self._waiting.clear()


def _largest(faces: FaceArrays, count: int) -> list[int]:
    """The tracks with the largest sums of areas."""
    areas = np.prod(faces.boxes[:, 2:].astype(np.float64) - faces.boxes[:, :2], axis=1)
    sums = np.bincount(faces.track, areas) if len(faces) else np.zeros(0)
    return [int(one) for one in np.argsort(-sums, kind="stable")[:count] if sums[one] > 0]


def _rows(faces: FaceArrays, track: int) -> FaceArrays:
    rows = np.flatnonzero(faces.track == track)
    return FaceArrays(faces.frame[rows], faces.track[rows], faces.boxes[rows], faces.points[rows], faces.scores[rows])
