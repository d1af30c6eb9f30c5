"""Whose face is swapped in: that of another clip of the same shard, or of a folder of pictures.

The choice is a function of the clip's key and of what is in the shard (or the folder): not of what was done
before, or in which order. So a clip's source is looked at in one frame of the other clip, at a keyframe, where
that costs one decoded frame. A face that serves well (`fit`) is preferred.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Protocol

import numpy as np

from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError, StageError, UsageError
from faceshards.media.clip import Clip
from faceshards.media.picture import read_picture
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard

_SUFFIXES = (".jpg", ".jpeg", ".png")
_KEPT = 128  # source faces in memory, 0.3 MB each
_LOOKS = 8  # faces of other clips among which a fit one is looked for


class NewFace(Protocol):
    """A face to swap in: where it is from, and how well it serves, 1 and more being well."""

    @property
    def name(self) -> str: ...

    @property
    def fit(self) -> float: ...

    @property
    def portrait(self) -> tuple[np.ndarray, np.ndarray]:
        """Its picture, uint8 (S, S, 3) RGB, and the face's box there."""


#: Looks for the largest face of a picture, whose name is given.
FindFace = Callable[[str, np.ndarray], NewFace | None]


class Sources(Protocol):
    """Gives the face to swap into a clip."""

    def face_for(self, clip: StageClip) -> NewFace:
        """Raises ClipError `no-source-face` when there is none."""


class FolderSources:
    """The faces of a folder's pictures, of those that are fit where any is; each clip gets one of them by its key.

    `digests` maps file name -> sha256, as `digests_of` gave it when the run was planned. Raises StageError when
    a file is not as it was, or no picture shows a face.
    """

    def __init__(self, folder: Path, digests: Mapping[str, str], look: FindFace) -> None:
        if digests_of(folder) != dict(digests):
            raise StageError(f"{folder}: its pictures are not those that the run was planned with: start it again")
        found = (look(name, read_picture((folder / name).read_bytes())) for name in sorted(digests))
        faces = [face for face in found if face is not None]
        if not faces:
            raise StageError(f"{folder}: none of {len(digests)} pictures shows a face: name others in swap.folder")
        self._faces = [face for face in faces if face.fit >= 1] or faces

    def face_for(self, clip: StageClip) -> NewFace:
        """A face of the folder."""
        return self._faces[_number(clip.key) % len(self._faces)]


class ShardSources:
    """The faces of the other clips of a shard: the first that is fit, from a row on that the clip's key names; where
    none of the first eight is, the best of them.

    A clip of the same `identity` does not count as another where both have one.
    """

    def __init__(self, look: FindFace) -> None:
        self._finds = look
        self._faces: dict[tuple[str, int], NewFace | None] = {}
        self._lock = Lock()

    def face_for(self, clip: StageClip) -> NewFace:
        """The face of another clip; counts the frames that had to be decoded for it as `frames_peeked`."""
        seen: list[NewFace] = []
        with self._lock:  # who looks at a clip second finds it looked at
            for row in self._others(clip):
                face = self._face(clip, row)
                seen += [face] if face is not None else []
                if len(seen) == _LOOKS or (face is not None and face.fit >= 1):
                    break
        if not seen:
            raise ClipError(
                "no-source-face", "no clip of another person in the shard shows a face: --set swap.folder=PORTRAITS"
            )
        return max(seen, key=lambda face: min(face.fit, 1.0))

    def _others(self, clip: StageClip) -> Iterator[int]:
        identities = _identities(clip.shard)
        own, first, stand = identities[clip.row], _number(clip.key), standing(clip.shard.index)
        for step in range(len(identities)):
            row = (first + step) % len(identities)
            same = own is not None and identities[row] == own
            if row != clip.row and not same and stand[row]:
                yield row

    def _face(self, clip: StageClip, row: int) -> NewFace | None:
        """The face of another clip, which enters this one's inputs, however often it was looked at before."""
        other, place = clip.peek(row), (clip.shard.generation, row)
        if place not in self._faces:
            while len(self._faces) >= _KEPT:
                self._faces.pop(next(iter(self._faces)))
            self._faces[place] = self._look(clip, other, clip.shard.keys[row])
        return self._faces[place]

    def _look(self, clip: StageClip, other: Clip, key: str) -> NewFace | None:
        """The largest face of another clip, in its middle keyframe, else in its first frame."""
        with suppress(ClipError):  # a clip that does not decode gives no face; its own stages say why
            for picture in peeks(other):
                clip.count("frames_peeked")
                face = self._finds(str(other.facts.get("name", key)), picture)
                if face is not None:
                    return face
        return None


@lru_cache(maxsize=4)
def _identities(shard: Shard) -> list[str | None]:
    """The person of each clip of a shard, None where it is not known."""
    known = "identity" in shard.index.column_names
    return shard.index["identity"].to_pylist() if known else [None] * len(shard)


def digests_of(folder: Path) -> dict[str, str]:
    """File name -> sha256 of the pictures in a folder. Raises UsageError when there is none."""
    try:
        pictures = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES and path.is_file())
    except OSError as error:
        raise UsageError(f"swap.folder {folder}: {error.strerror}: name a folder of pictures") from error
    if not pictures:
        raise UsageError(f"swap.folder {folder}: no {', '.join(_SUFFIXES)} file in it")
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in pictures}


def peeks(clip: Clip) -> Iterator[np.ndarray]:
    """A few frames of a clip that cost one decoded frame each, uint8 (H, W, 3): its middle keyframe, then its first."""
    middle = clip.keys[len(clip.keys) // 2 :][:1].tolist()
    for number in dict.fromkeys([*middle, 0]):
        yield from (chunk.pictures[0] for chunk in clip.frames(numbers=[number]))


def _number(key: str) -> int:
    return int.from_bytes(hashlib.blake2b(key.encode(), digest_size=8).digest(), "big")
