"""Faces that are named beside a mixture: a video or picture of each speaker, a row of a shard, or embeddings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.curation.stages.identity.face_embeddings import FaceEmbeddings
from faceshards.errors import ClipError, ColumnError, ShardError, SourceError, UsageError
from faceshards.infer.faces.speakers import Speaker, SpeakerFinder
from faceshards.infer.given.media import FileMedia, InputMedia, RowMedia
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode_npy
from faceshards.shards.storage.url import Place, Url, place

_COLUMN = FaceEmbeddings.makes[0].name


@dataclass(frozen=True)
class GivenFace:
    """One speaker's face: a file, or the row of a key in a shard. `name`: of his sound; `content`: what was read."""

    text: str
    name: str
    place: Place
    key: str | None
    content: Any

    def speaker(self, backend: str, size: int, finder: Callable[[], SpeakerFinder]) -> Speaker:
        """Who it is, told by a backend in `size` numbers. Raises SourceError where that cannot be told."""
        try:
            if self.key is not None:
                with closing(Shard(self.place)) as shard:
                    return self._of(RowMedia(shard, shard.row(self.key)), backend, size, finder)
            if self.place.suffix == ".npy":
                return Speaker(self.name, _rows(_array(Path(str(self.place))), size))
            return self._of(FileMedia(Path(str(self.place))), backend, size, finder)
        except (ClipError, ColumnError, ShardError) as error:
            raise SourceError(f"--face {self.text}: {error}") from error

    def _of(self, media: InputMedia, backend: str, size: int, finder: Callable[[], SpeakerFinder]) -> Speaker:
        """The rows of the column where this backend has made them, else the main face of the video, followed."""
        maker = media.maker(_COLUMN)
        told = maker is not None and maker.stage == FaceEmbeddings.name and maker.params.get("backend") == backend
        if told and (rows := media.column(_COLUMN)) is not None:
            return Speaker(self.name, _rows(rows, size))
        (found,) = finder().of(media.clip(), 1)
        return Speaker(self.name, found.embeddings, found.picture)


def given_faces(texts: Sequence[str]) -> list[GivenFace]:
    """Faces by a path to a video, a picture or an .npy of embeddings (T, D), 25 a second; or SHARD.tar/KEY, by path or
    URL. Two of one name are numbered. Raises UsageError for what is not there.
    """
    found: list[GivenFace] = []
    for text in texts:
        one = _given(text)
        count = 1 + sum(other.text != one.text and other.name == one.name for other in found)
        found.append(one if count == 1 else GivenFace(one.text, f"{one.name}-{count}", one.place, one.key, one.content))
    if len({one.text for one in found}) < len(found):
        raise UsageError("--face names one face twice: name each speaker's once")
    return found


def _given(text: str) -> GivenFace:
    at = place(text)
    if at.parent.suffix == ".tar":
        with closing(Shard(at.parent)) as shard:
            content = RowMedia(shard, shard.row(at.name)).read()
        return GivenFace(text, at.name, at.parent, at.name, content)
    if isinstance(at, Url) or at.suffix == ".tar":
        raise UsageError(f"--face {text}: of a shard say which sample it is, as SHARD.tar/KEY")
    if not at.is_file():
        raise UsageError(f"--face {text}: no such file")
    return GivenFace(text, at.stem, at, None, FileMedia(at).read())


def _array(path: Path) -> np.ndarray:
    try:
        return decode_npy(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ColumnError(f"it does not read as an array of numpy ({error})") from error


def _rows(values: np.ndarray, size: int) -> np.ndarray:
    """float32 (T, size) of these, or of speech_separation's own (75, 1, size). Raises ColumnError for others."""
    if values.ndim == 3 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 2 or values.shape[1] != size or not len(values):
        raise ColumnError(f"embeddings must be (T, {size}) as the separator was trained on, got {values.shape}")
    if values.dtype.kind not in "fiu" or not np.isfinite(values).all():
        raise ColumnError("embeddings hold what is no finite number")
    return values.astype(np.float32)
