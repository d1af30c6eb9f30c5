"""Persons with `audios/` and `images/`: sounds and pictures whose pairs teach a network to see a voice's face."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from faceshards.errors import ClipError, UsageError
from faceshards.media.sound.sound_facts import sound_facts
from faceshards.packing.kinds.checked_array import checked_array, checked_embedding
from faceshards.packing.kinds.own_files import file_json
from faceshards.packing.kinds.picture_file import picture_member
from faceshards.packing.kinds.speech_face.persons import SIDES, Side, list_persons
from faceshards.packing.options import VERSION, PackOptions
from faceshards.packing.sources.archive import Archive, Entry, shown
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import MemberBody
from faceshards.terminal import counted

#: As the stage `spectrogram` calls them.
VARIANTS = ("parts", "polar")
_SOUND, _PICTURE = SIDES["audios"], SIDES["images"]
# The largest angle to the power of 0.3, and what float32 may add to it.
_MOST_ANGLE = np.float32(np.pi**0.3 + 1e-5)


@dataclass(frozen=True)
class SpeechFaceOptions:
    """What holds of ready spectrograms: `bins` and `frames` of each, and which `variant` all are of, where that is
    known beforehand. Raises UsageError.
    """

    variant: str | None = None
    bins: int = 257
    frames: int = 601

    def __post_init__(self) -> None:
        if self.variant not in (None, *VARIANTS):
            raise UsageError(f"--variant must be one of {', '.join(VARIANTS)}, got {self.variant!r}")
        if self.bins < 1 or self.frames < 1:
            raise UsageError(f"--bins and --frames must be at least 1, got {self.bins} and {self.frames}")


class PersonFolders:
    """A sound or a picture is a sample, of one person (`identity`) and of one `side`; a pair is made of two of them
    when it is drawn. All pairs of a person would hold each sound as often as there are pictures.

    Samples of one shard have the same columns, so each kind of file has shards of its own: nothing is padded with
    members that hold no value, and each side streams at its own pace.
    """

    name: ClassVar[str] = "speech-face"
    columns: Collection[str] = frozenset(
        {"json", *(column for side in SIDES.values() for column in (*side.media.values(), side.array))}
    )

    def __init__(self, options: PackOptions, own: SpeechFaceOptions | None = None) -> None:
        self._options = options
        self._own = own or SpeechFaceOptions()
        self._made = Provenance("pack", VERSION, {"from": self.name})

    def record(self) -> dict[str, Any]:
        """Its name, and what is asked of spectrograms."""
        own = self._own
        return {"name": self.name, "variant": own.variant, "shape": [own.bins, own.frames]}

    def listed(self, archive: Archive) -> ClipList:
        """The sounds and pictures in natural order of their names. Raises SourceError."""
        return list_persons(archive)

    def found(self, listed: ClipList) -> str:
        """`3 sounds (wav 3) and 4 pictures (jpg 4) of 2 persons`."""
        parts = []
        for side in SIDES.values():
            columns = Counter(clip.column for clip in listed.clips if clip.facts.get("side") == side.name)
            some = columns.total()
            parts += [f"{some} {side.name}{'s' * (some != 1)} ({counted(columns)})"] if some else []
        persons = len(listed.remarks.get("persons", ()))
        return " and ".join(parts) + (f" of {persons} person{'s' * (persons != 1)}" if parts else "")

    def made(self, clip: RawClip) -> Provenance:
        """Files, kept byte for byte."""
        return self._made

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, the file, and what Speech-to-face made of it where that lies beside it. Raises ClipError,
        SourceError.
        """
        side = _SOUND if clip.facts["side"] == _SOUND.name else _PICTURE
        files = _files(clip, side)
        bodies = {column: archive.read(entry) for column, entry in files.items()}
        facts = file_json(archive, clip, files, self.made(clip), self._options.labels)
        if clip.column in bodies:
            facts |= {"container": clip.column} | self._told(side, clip.column, files, bodies)
        if side.array in bodies:
            facts |= self._array_told(side, files[side.array].name, bodies[side.array])
        return {"json": encode_json(facts), side.array: bodies.pop(side.array, None), **bodies}

    def _told(self, side: Side, column: str, files: Mapping[str, Entry], bodies: Mapping[str, bytes]) -> dict[str, Any]:
        """What a sound or a picture says of itself."""
        name, body = files[column].name, bodies[column]
        if side is _PICTURE:
            return picture_member(name, body, column, self._options.max_pixels)[1]
        try:
            return {**sound_facts(body), "bytes": len(body)}
        except ClipError as error:
            raise ClipError(error.code, f"{shown(name)}: {error}") from error

    def _array_told(self, side: Side, name: str, body: bytes) -> dict[str, Any]:
        """What a ready array says of itself."""
        if side is _PICTURE:
            checked_embedding(name, body)
            return {}
        found = variant_of(checked_array(name, body, (2, self._own.bins, self._own.frames)))
        asked = self._own.variant
        if asked and found and found != asked:
            raise ClipError("bad-column", f"{shown(name)} is of the variant {found}, --variant says {asked}")
        variant = found or asked
        return {"spectrogram_variant": variant} if variant else {}


def variant_of(spectrogram: np.ndarray) -> str | None:
    """Which of Speech-to-face's two ways a spectrogram (2, F, T) was made: `parts`, real and imaginary part, which fall
    below 0 in any sound; `polar`, magnitude and angle, the latter at most pi^0.3 = 1.41. None for silence, the same in
    both.
    """
    if not spectrogram.any():
        return None
    is_polar = spectrogram[0].min() >= 0 and np.abs(spectrogram[1]).max() <= _MOST_ANGLE
    return "polar" if is_polar else "parts"


def _files(clip: RawClip, side: Side) -> dict[str, Entry]:
    """Column -> the file that it keeps."""
    columns = [side.array] if clip.column == side.alone else [clip.column, side.array]
    return dict(zip(columns, clip.entries, strict=False))
