"""EMOCA's sequences: a folder of eleven files is a sample, each file a column."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from faceshards.errors import ClipError, SourceError
from faceshards.packing.kinds.emoca.checks import frames_of, read_array, sound_facts
from faceshards.packing.kinds.emoca.files import ARRAYS, FILES, FPS, METADATA, METADATA_FILE, SOUND, SOUND_FILE
from faceshards.packing.kinds.emoca.metadata import read_metadata
from faceshards.packing.kinds.emoca.sequence_list import list_sequences
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import encode, encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import FAILED, stated
from faceshards.shards.writer import MemberBody

#: Rises when the bytes of a packed sequence change for the same input and options.
VERSION = 1


class Emoca:
    """Every file byte for byte but `metadata.pkl`, of which the value is kept; frames and sound held against the rules
    of `checks`. A sequence that breaks one is rejected.

    A `metadata.pkl` that holds more than plain values is not kept and does not spoil its sequence (nothing reads it):
    the sample has no value in `metadata.msg`, and its json says `pack:unsafe-data`. `any_dtype` admits arrays of other
    numbers than float32. `labels` take the place of what the names say of collection, licence and citation.
    """

    name: ClassVar[str] = "emoca"
    columns: Collection[str] = frozenset({"json", *FILES.values()})

    def __init__(self, labels: Mapping[str, str] | None = None, any_dtype: bool = False) -> None:
        self._labels = dict(labels or {})
        self._any_dtype = any_dtype
        self._made = Provenance("pack", VERSION, {"from": self.name})

    def record(self) -> dict[str, Any]:
        """Its name, and whether any dtype is admitted."""
        return {"name": self.name, "any_dtype": self._any_dtype}

    def listed(self, archive: Archive) -> ClipList:
        """The sequences in natural order of their names. Raises SourceError, also for a folder of HDF5 files alone."""
        found = list_sequences(archive)
        files = sum(found.ignored.get(suffix, 0) for suffix in (".h5", ".hdf5"))
        if files and not found.clips:
            rule = f"{files} HDF5 file{'s' * (files != 1)}: pack each by a command of its own"
            raise SourceError(f"{archive.path}: this {archive.kind} holds no sequences, but {rule}")
        return found

    def found(self, listed: ClipList) -> str:
        """`11506 sequences`."""
        count = len(listed.clips)
        return f"{count} sequence{'s' * (count != 1)}"

    def made(self, clip: RawClip) -> Provenance:
        """What makes the columns of every sequence."""
        return self._made

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, the sound, the arrays and `metadata.msg`. Raises ClipError, SourceError."""
        bodies = {entry.name.rpartition("/")[2]: archive.read(entry) for entry in clip.entries}
        lengths = {name: len(read_array(name, bodies[name], self._any_dtype)) for name in ARRAYS}
        sound, samples = sound_facts(bodies[SOUND_FILE])
        frames = frames_of(lengths, samples)
        metadata, failures = _metadata(bodies[METADATA_FILE])
        json: dict[str, Any] = {
            "source": readable(archive.path.absolute().name),
            **clip.facts,
            **self._labels,
            **sound,
            "name": readable(clip.name),
            "path": readable(clip.path),
            "fps": [FPS, 1],
            "frames": frames,
            "duration": frames / FPS,
            "failures": failures,
            "made": dict.fromkeys(FILES.values(), self._made.fingerprint),
        }
        json = stated(json, [METADATA], FAILED) if failures else json
        arrays = {name: bodies[name] for name in ARRAYS}
        return {"json": encode_json(json), SOUND: bodies[SOUND_FILE], **arrays, METADATA: metadata}


def _metadata(body: bytes) -> tuple[bytes | None, list[dict[str, str]]]:
    """The member of the metadata, or none and the failure that says why."""
    try:
        return encode(METADATA, read_metadata(body)), []
    except ClipError as error:
        return None, [{"stage": "pack", "code": error.code, "reason": str(error)}]
