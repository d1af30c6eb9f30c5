"""Whose face is swapped in: that of another clip of the same shard, or of a folder of pictures.

The choice is a function of the clip's key and of what is in the shard (or the folder): not of what was done
before, or in which order. So a clip's source is looked at in one frame of the other clip, at a keyframe, where
that costs one decoded frame.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from faceshards.curation.clip import StageClip
from faceshards.curation.face_swap import SourceFace
from faceshards.errors import ClipError, StageError, UsageError
from faceshards.media.clip import Clip
from faceshards.media.picture import read_picture
from faceshards.models.detections import Detections
from faceshards.shards.reader import Shard

#: Finds the faces of a frame.
Detect = Callable[[np.ndarray], Detections]

_SUFFIXES = (".jpg", ".jpeg", ".png")
_KEPT = 128  # source faces in memory, 0.3 MB each


class Sources(Protocol):
    """Gives the face to swap into a clip."""

    def face_for(self, clip: StageClip) -> SourceFace:
        """Raises ClipError `no-source-face` when there is none."""


class FolderSources:
    """The faces of a folder's pictures; each clip gets one of them by its key.

    `digests` maps file name -> sha256, as `digests_of` gave it when the run was planned. Raises StageError when
    a file is not as it was, or no picture shows a face.
    """

    def __init__(self, folder: Path, digests: Mapping[str, str], detect: Detect) -> None:
        if digests_of(folder) != dict(digests):
            raise StageError(f"{folder}: its pictures are not those that the run was planned with: start it again")
        found = (_face(name, read_picture((folder / name).read_bytes()), detect) for name in sorted(digests))
        self._faces = [face for face in found if face is not None]
        if not self._faces:
            raise StageError(f"{folder}: none of {len(digests)} pictures shows a face: give --swap-source portraits")

    def face_for(self, clip: StageClip) -> SourceFace:
        """A face of the folder."""
        return self._faces[_number(clip.key) % len(self._faces)]


class ShardSources:
    """The faces of the other clips of a shard: the first with a face, from a row on that the clip's key names.

    A clip of the same `identity` does not count as another where both have one.
    """

    def __init__(self, shard: Shard, detect: Detect) -> None:
        self._shard, self._detect = shard, detect
        known = "identity" in shard.index.column_names
        self._identities: list[str | None] = shard.index["identity"].to_pylist() if known else [None] * len(shard)
        self._face = lru_cache(maxsize=_KEPT)(self._look)
        self._peeked = 0

    def face_for(self, clip: StageClip) -> SourceFace:
        """The face of another clip; counts the frames that had to be decoded for it as `frames_peeked`."""
        before = self._peeked
        found = next((face for row in self._others(clip) if (face := self._face(row)) is not None), None)
        clip.count("frames_peeked", self._peeked - before)
        if found is None:
            raise ClipError(
                "no-source-face", "no clip of another person in the shard shows a face: give --swap-source a folder"
            )
        return found

    def _others(self, clip: StageClip) -> Iterator[int]:
        own = self._identities[clip.row]
        first = _number(clip.key)
        for step in range(len(self._shard)):
            row = (first + step) % len(self._shard)
            same = own is not None and self._identities[row] == own
            if row != clip.row and not same:
                yield row

    def _look(self, row: int) -> SourceFace | None:
        """The largest face of a clip, in its middle keyframe, else in its first frame."""
        facts = self._shard.json(row)
        try:
            for picture in peeks(Clip.of(self._shard, row, facts)):
                self._peeked += 1
                face = _face(str(facts.get("name", self._shard.keys[row])), picture, self._detect)
                if face is not None:
                    return face
        except ClipError:
            pass  # a clip that does not decode gives no face; its own stages say why
        return None


def digests_of(folder: Path) -> dict[str, str]:
    """File name -> sha256 of the pictures in a folder. Raises UsageError when there is none."""
    try:
        pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    except OSError as error:
        raise UsageError(f"--swap-source {folder}: {error.strerror}: name a folder of pictures") from error
    if not pictures:
        raise UsageError(f"--swap-source {folder}: no {', '.join(_SUFFIXES)} file in it")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}


def peeks(clip: Clip) -> Iterator[np.ndarray]:
    """A few frames of a clip that cost one decoded frame each, uint8 (H, W, 3): its middle keyframe, then its first."""
    middle = clip.keys[len(clip.keys) // 2 :][:1].tolist()
    for number in dict.fromkeys([*middle, 0]):
        yield from (chunk.pictures[0] for chunk in clip.frames(numbers=[number]))


def _face(name: str, picture: np.ndarray, detect: Detect) -> SourceFace | None:
    found = detect(picture)
    if not len(found):
        return None
    sides = found.boxes[:, 2:] - found.boxes[:, :2]
    return SourceFace.cut(name, picture, found.points[int(sides.prod(axis=1).argmax())])


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
