"""One old sample on its way into a shard: each part by itself, so that a bad one costs its own columns only."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import ClipError, ColumnError, UnsafeData
from faceshards.shards.legacy.field_maps import FieldMap
from faceshards.shards.legacy.old_schema import OldSchema
from faceshards.shards.pickles.unpickle import load_arrays
from faceshards.shards.schema.codecs import encode_npy
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.schema.states import FAILED, stated
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.tar.members import Member
from faceshards.shards.writer import MemberBody

STAGE = "import"
#: Most bytes of one pickle or text.
MAX_FIELD = 1 << 30

#: What a package that knows codecs says of a clip: scalars for the json, the packet table, what `json.media` says.
Describe = Callable[[bytes], tuple[dict[str, Any], np.ndarray, dict[str, Any]]]


@dataclass
class OldSample:
    """The fields of one sample of a mapped tar, and what has become of them so far.

    `facts` is the json in the making, `bodies` the columns, `failures` what `json.failures` will say.
    """

    name: str
    fields: Mapping[str, Member]
    data: mmap.mmap
    tar: Path
    facts: dict[str, Any] = field(default_factory=dict)
    bodies: dict[str, MemberBody] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)

    def convert(self, schema: OldSchema, describe: Describe | None) -> None:
        """Fills `facts`, `bodies` and `failures`. Raises ClipError where the sample has no clip to keep."""
        clip = self.fields.get("mp4")
        if clip is None or not clip.size:
            code, what = ("no-video", "no mp4") if clip is None else ("empty-file", "an mp4 without a byte")
            raise ClipError(code, f"sample {_readable(self.name)!r} has {what}")
        self.facts |= {"name": _readable(self.name), "container": "mp4", "bytes": clip.size}
        self.facts["legacy"] = {"kind": schema.kind}
        self.bodies |= self._media("mp4", "mp4", describe)
        for name, column in schema.media.items():
            if name != "mp4":
                columns = (column, f"{column}.{PACKETS}") if describe and column.endswith("mp4") else (column,)
                self._attempt(columns, partial(self._media, name, column, describe))
        for part in schema.parts:
            self._attempt(part.columns, partial(self._part, part))
        for name, column in schema.others.items():
            self._attempt((column,), partial(self._other, name, column))

    def _attempt(self, columns: Sequence[str], make: Callable[[], Mapping[str, MemberBody]]) -> None:
        made: Mapping[str, MemberBody]
        try:
            made = make()
        except (ClipError, ColumnError, UnsafeData) as error:
            code = error.code if isinstance(error, ClipError) else _CODES[type(error)]
            self.failures.append({"stage": STAGE, "code": code, "reason": _readable(str(error))})
            made = dict.fromkeys(columns, None)
            self.facts = stated(self.facts, columns, FAILED)
        self.bodies |= made

    def _media(self, name: str, column: str, describe: Describe | None) -> dict[str, MemberBody]:
        member = self._member(name)
        if describe is None or not column.endswith("mp4"):
            return {column: FileExtent(self.tar, member.offset, member.size)}
        body = self.data[member.offset : member.offset + member.size]
        scalars, packets, media = describe(body)
        self.facts |= scalars if column == "mp4" else {}
        self.facts.setdefault("media", {})[column] = media
        return {column: body, f"{column}.{PACKETS}": encode_npy(packets)}

    def _part(self, part: FieldMap) -> dict[str, bytes]:
        facts = dict(self.facts)
        made = part.read({name: self._body(name) for name in part.fields}, facts)
        self.facts = facts
        return made

    def _other(self, name: str, column: str) -> dict[str, bytes]:
        """A field that nobody knows: a pickle must be one array, anything else stays as it is."""
        body = self._body(name)
        if not name.endswith(".pyd"):
            return {column: body}
        value = load_arrays(body)
        if not isinstance(value, np.ndarray | np.generic):
            raise ColumnError(f"{name} must be one array, since nobody knows what it means, got {type(value).__name__}")
        return {column: encode_npy(np.asarray(value))}

    def _member(self, name: str) -> Member:
        if name not in self.fields:
            raise ColumnError(f"{name} is absent, other samples of the tar have it")
        return self.fields[name]

    def _body(self, name: str) -> bytes:
        member = self._member(name)
        if member.size > MAX_FIELD:
            raise UnsafeData(f"{name} has {member.size} bytes, the limit is {MAX_FIELD}")
        return self.data[member.offset : member.offset + member.size]


_CODES = {ColumnError: "bad-column", UnsafeData: "unsafe-data"}


def _readable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
