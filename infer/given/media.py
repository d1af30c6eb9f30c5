"""An input, open: its sound, its pictures, its face, and what was read of it by content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import cached_property
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

import numpy as np
from fastcrc import crc32

from faceshards.errors import ClipError
from faceshards.infer.faces.face_picture import Face
from faceshards.infer.given.inputs import PICTURES, SOUNDS, Input
from faceshards.loaders.views.code_statistics import CODES
from faceshards.media.clip import Clip
from faceshards.media.container import Body
from faceshards.media.members import Files, RowMembers, sound_column
from faceshards.media.picture import read_picture
from faceshards.media.sound import read_sound
from faceshards.media.video import frames
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import PICTURE, SOUND, VIDEO, video_of
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.url import Place

#: Of a video every so many pictures one is looked at for a face, and so many at most: half a minute of it.
EVERY, MOST = 12, 60

_FACE, _CHUNK = "face.jpg", 1 << 20
_FIVE, _NONE = 10, np.zeros((0, 2), np.float32)
# The columns that an answer may depend on.
_READ = frozenset((*VIDEO, *SOUND, *PICTURE, _FACE, "spectrogram.npy", "face_embeddings.npy", *CODES))


class InputMedia(Protocol):
    """What can be had of an input. All may raise ClipError; of rows of shards also ColumnError, DamagedShard."""

    def sound(self, rate: int) -> np.ndarray:
        """All of its sound: float32 (N,), mono at `rate` Hz. Raises ClipError `no-sound`."""

    def pictures(self) -> Iterator[np.ndarray]:
        """Some of its pictures, uint8 (H, W, 3) RGB, upright: those in which a face is looked for."""

    def clip(self) -> Clip:
        """Its video, or its picture, as a clip. Raises ClipError `no-video` where it is a sound."""

    def face(self) -> Face | None:
        """The face that was cut out of it already, with its points: the column `face.jpg`."""

    def column(self, name: str) -> np.ndarray | None:
        """The value of a column, where there is one."""

    def maker(self, name: str) -> Provenance | None:
        """What made it; None where that is not known."""

    def read(self) -> dict[str, list[int | None]]:
        """Size and crc32c of what may be read of it, by name."""


class FileMedia:
    """A file of this machine: a picture, a sound or a video. A sound shows the picture of its name beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_picture = path.suffix.lower() in PICTURES
        self._shown = path
        if path.suffix.lower() in SOUNDS:
            beside = (path.with_suffix(suffix) for suffix in sorted(PICTURES))
            self._shown = next((one for one in beside if one.is_file()), path)

    def sound(self, rate: int) -> np.ndarray:
        """See `InputMedia`."""
        if self._is_picture:
            raise ClipError("no-sound", "a picture has no sound")
        return read_sound(self._path, rate).samples

    def pictures(self) -> Iterator[np.ndarray]:
        """See `InputMedia`."""
        if self._shown.suffix.lower() in PICTURES:
            return iter([read_picture(_body_of(self._shown))])
        return _some_of(self._path)

    def clip(self) -> Clip:
        """See `InputMedia`. All of the file is in memory while it is looked at."""
        if self._path.suffix.lower() in SOUNDS:
            raise ClipError("no-video", "a sound shows no faces")
        column = PICTURE[0] if self._is_picture else VIDEO[0]
        return Clip(Files({column: _body_of(self._path)}), {}, column)

    def face(self) -> Face | None:
        """None: which face of a picture it is, is to be found."""
        return None

    def column(self, name: str) -> np.ndarray | None:
        """None: a file has no columns."""
        return None

    def maker(self, name: str) -> Provenance | None:
        """None."""
        return None

    def read(self) -> dict[str, list[int | None]]:
        """See `InputMedia`. Raises ClipError `unreadable-entry`."""
        beside = {"picture": _content(self._shown)} if self._shown != self._path else {}
        return {"file": _content(self._path), **beside}


class RowMedia:
    """A row of an open shard."""

    def __init__(self, shard: Shard, row: int) -> None:
        self._shard, self._row = shard, row
        self._members = RowMembers(shard, row)

    @cached_property
    def _facts(self) -> dict[str, Any]:
        return self._shard.json(self._row)

    def sound(self, rate: int) -> np.ndarray:
        """See `InputMedia`."""
        own = sound_column(self._members)
        if own is not None:
            return read_sound(self._members.read(own), rate).samples
        if video_of(self._shard.columns) is None:
            raise ClipError("no-sound", f"the sample has neither a sound nor a video ({self._there()})")
        return self.clip().sound(rate=rate).samples

    def pictures(self) -> Iterator[np.ndarray]:
        """See `InputMedia`."""
        clip = self.clip()
        if clip.is_picture:
            return iter([read_picture(self._members.read(clip.column))])
        return _some_of(self._members.read(clip.column))

    def clip(self) -> Clip:
        """See `InputMedia`."""
        if video_of(self._shard.columns) is None:
            raise ClipError("no-video", f"the sample has neither a video nor a picture ({self._there()})")
        return Clip.of(self._shard, self._row, self._facts)

    def face(self) -> Face | None:
        """See `InputMedia`."""
        if not self._members.has(_FACE):
            return None
        told = self._facts.get("face_points")
        points = np.asarray(told if isinstance(told, list) else [], np.float32).reshape(-1)
        return Face(read_picture(self._members.read(_FACE)), points.reshape(-1, 2) if len(points) == _FIVE else _NONE)

    def column(self, name: str) -> np.ndarray | None:
        """See `InputMedia`."""
        return self._shard.get(self._row, name) if self._members.has(name) else None

    def maker(self, name: str) -> Provenance | None:
        """See `InputMedia`."""
        made = self._facts.get("made")
        return self._shard.provenance.get(str(made.get(name))) if isinstance(made, dict) else None

    def read(self) -> dict[str, list[int | None]]:
        """See `InputMedia`: of the media, the face, and what stages made of them."""
        names = [one for one in self._shard.columns if one in _READ and self._members.has(one)]
        extents = {name: self._shard.extent(self._row, name) for name in names}
        return {name: [one.size, one.crc32c] for name, one in extents.items()}

    def _there(self) -> str:
        return "only " + ", ".join(one for one in self._shard.columns if self._members.has(one))


class OpenMedia:
    """Opens inputs one after the other, which share a shard while they are of one. Use as a context manager."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._shard: Shard | None = None
        self._at: Place | None = None

    def __call__(self, given: Input) -> InputMedia:
        """The input, open. Raises ShardError where the shard is no longer there."""
        if given.row is None:
            return FileMedia(Path(str(given.place)))
        if self._shard is None or self._at != given.place:
            self._stack.close()
            self._shard = self._stack.enter_context(Shard(given.place))
            self._at = given.place
        return RowMedia(self._shard, given.row)

    def __enter__(self) -> OpenMedia:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()


def _some_of(body: Body) -> Iterator[np.ndarray]:
    """Each `EVERY`-th picture of a video, `MOST` at most."""
    return islice(frames(body, every=EVERY), MOST)


def _content(path: Path) -> list[int | None]:
    crc = size = 0
    try:
        with path.open("rb") as file:
            while body := file.read(_CHUNK):
                crc, size = crc32.iscsi(body, crc), size + len(body)
    except OSError as error:
        raise _unreadable(path, error) from error
    return [size, crc]


def _body_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: OSError) -> ClipError:
    return ClipError("unreadable-entry", f"{path.name} cannot be read: {error.strerror}")
