"""Pictures of faces with `_embedding.npy` and `_landmarks.npy` beside them: what a face decoder learns from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from faceshards.errors import UsageError
from faceshards.packing.kinds.checked_array import checked_embedding, checked_landmarks
from faceshards.packing.kinds.face_decoder.pictures import BESIDE, COMPLETE, list_pictures
from faceshards.packing.kinds.own_files import file_json
from faceshards.packing.kinds.picture_file import PICTURE_COLUMNS, QUALITY, picture_member
from faceshards.packing.options import VERSION, PackOptions
from faceshards.packing.sample import identity_in
from faceshards.packing.sources.archive import Archive, Entry
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import MemberBody
from faceshards.terminal import counted

_SIDES = (16, 4096)
_CHECKS = {"face_embedding.npy": checked_embedding, "face_landmarks.npy": checked_landmarks}


class FaceDecoderPictures:
    """A picture is a sample, with its embedding and landmarks where they lie beside it, else without a value there
    (`not yet`): Speech-to-face's own data set passes over incomplete ones, and over all but `.jpg`, without a word.

    `resize`: pictures are drawn to a square of so many pixels (`picture_member`). `complete_only`: incomplete ones are
    rejected. Raises UsageError.
    """

    name: ClassVar[str] = "face-decoder"
    columns: Collection[str] = frozenset({"json", *PICTURE_COLUMNS.values(), *BESIDE})

    def __init__(self, options: PackOptions, resize: int | None = None, complete_only: bool = False) -> None:
        if resize is not None and not _SIDES[0] <= resize <= _SIDES[1]:
            raise UsageError(f"--resize must be from {_SIDES[0]} to {_SIDES[1]} pixels, got {resize}")
        self._options, self._resize, self._complete_only = options, resize, complete_only
        drawn = {} if resize is None else {"resize": resize, "quality": QUALITY}
        self._made = Provenance("pack", VERSION, {"from": self.name, **drawn})

    def record(self) -> dict[str, Any]:
        """Its name, and what was asked of it."""
        return {"name": self.name, "resize": self._resize, "complete_only": self._complete_only}

    def listed(self, archive: Archive) -> ClipList:
        """The pictures in natural order of their names. Raises SourceError."""
        return list_pictures(archive, self._complete_only)

    def found(self, listed: ClipList) -> str:
        """`5 pictures (jpg 4, png 1), 3 complete`."""
        columns = Counter(clip.column for clip in listed.clips if clip.column)
        some = columns.total()
        complete = len(listed.remarks.get(COMPLETE, ()))
        return f"{some} picture{'s' * (some != 1)} ({counted(columns)}), {complete} complete" if some else ""

    def made(self, clip: RawClip) -> Provenance:
        """Files as they are, or pictures drawn anew."""
        return self._made

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, the picture, its embedding and landmarks. Raises ClipError, SourceError."""
        files = {clip.column: clip.entries[0]} | {_column(entry): entry for entry in clip.entries[1:]}
        bodies: dict[str, bytes | None] = dict.fromkeys(BESIDE)
        for column, check in _CHECKS.items():
            if column in files:
                body = bodies[column] = archive.read(files[column])
                check(files[column].name, body)
        picture, body = clip.entries[0], archive.read(clip.entries[0])
        body, told = picture_member(picture.name, body, clip.column, self._options.max_pixels, self._resize)
        facts = file_json(archive, clip, files, self.made(clip), self._options.labels)
        facts |= {"container": clip.column, **identity_in(clip, self._options), **told}
        return {"json": encode_json(facts), clip.column: body, **bodies}


def _column(beside: Entry) -> str:
    """Whose column a file beside a picture is."""
    stem = beside.name.removesuffix(".npy")
    return next(column for column, endings in BESIDE.items() if stem.endswith(endings))
