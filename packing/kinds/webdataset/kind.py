"""Samples of any webdataset tar: members of one key that stand together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from faceshards.errors import ClipError, SourceError
from faceshards.packing.kinds.webdataset.facts import SHAPE, merged, own_facts
from faceshards.packing.kinds.webdataset.fields import ORIGINAL, column_of
from faceshards.packing.kinds.webdataset.media import MediaFacts, is_video_column
from faceshards.packing.kinds.webdataset.samples import field_of, grouped
from faceshards.packing.options import VERSION, PackOptions
from faceshards.packing.sources.archive import Archive, readable
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.columns import PACKETS, SOUND_PACKETS, VIDEO
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import NOT_YET, stated
from faceshards.shards.writer import MemberBody

#: Most fields that the samples of one tar may have, all together: each is a column of its shard.
MOST_FIELDS = 1000
#: Stands for the container of samples that have no video where none of the tar has.
_NO_CONTAINER = "data"


class WebDataset:
    """One tar. Its fields become columns of the same names and bytes; a sample that lacks a field of the others has no
    value there (`not yet`). A clip gets packet tables and facts; one that does not decode is rejected with its sample.
    A json keeps its bytes as `original.json`, its facts stand in ours too. `pickles`: whether samples with pickles are
    taken; nothing ever reads them.
    """

    name: ClassVar[str] = "webdataset"

    def __init__(self, options: PackOptions, pickles: bool = True) -> None:
        self._options = options
        self._pickles = pickles
        self._fields: dict[str, list[str]] = {}
        #: `json`, and the columns of the tar's fields with their packet tables, once it was listed.
        self.columns: Collection[str] = {"json"}
        self._made = Provenance("pack", VERSION, {"from": "webdataset"})

    def record(self) -> dict[str, Any]:
        """Its name, and whether it takes pickles: all else stands in the options."""
        return {"name": self.name, "pickles": self._pickles}

    def listed(self, archive: Archive) -> ClipList:
        """The samples in the order of the tar, in a shard a container; those without a video go with the most frequent
        one. Raises SourceError, also for a tar of too many different fields.
        """
        listing = archive.listing()
        clips, ignored = grouped(listing.entries, self._pickles)
        counts = Counter(clip.column for clip in clips if clip.column)
        first = min(counts, key=lambda name: (-counts[name], VIDEO.index(name)), default=_NO_CONTAINER)
        clips = [clip if clip.column else replace(clip, column=first) for clip in clips]
        self._fields = _columns(clips)
        self.columns = {"json", *(column for columns in self._fields.values() for column in columns)}
        for column, names in self._fields.items():
            if len(names) > MOST_FIELDS:
                raise SourceError(f"{archive.path}: {len(names)} columns of {column}: at most {MOST_FIELDS} in a shard")
        clips += [RawClip(entry.name, entry.name, "", False, (), entry.fault) for entry in listing.lost]
        return ClipList(clips, ignored | ({"empty folder": listing.empty_folders} if listing.empty_folders else {}))

    def found(self, listed: ClipList) -> str:
        """`1000 samples of jpg, json, txt`."""
        fields = dict.fromkeys(field_of(entry).lower() for clip in listed.clips for entry in clip.entries)
        shown = ", ".join(map(readable, list(fields)[:20])) + (", ..." if len(fields) > 20 else "")
        return f"{len(listed.clips)} sample{'s' * (len(listed.clips) != 1)} of {shown}" if fields else ""

    def made(self, clip: RawClip) -> Provenance:
        """What makes the columns of each sample."""
        return self._made

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """The members as they are, `json`, packet tables. Raises ClipError, SourceError."""
        fields = [field_of(entry) for entry in clip.entries]
        bodies = {column_of(field): archive.read(entry) for field, entry in zip(fields, clip.entries, strict=True)}
        media = MediaFacts(self._options.max_pixels)
        media.add(bodies, next((name for name in VIDEO if name in bodies), ""))
        own: dict[str, Any] = {}
        if f"{ORIGINAL}json" in bodies:
            try:
                own = own_facts(bodies[f"{ORIGINAL}json"])
            except ClipError as error:
                media.failures.append({"stage": "pack", "code": error.code, "reason": str(error)})
        found = {"source": readable(archive.path.name), **media.facts, "name": readable(clip.name)}
        facts, conflicts = merged(own, found, self._options.labels)
        every = self._fields[clip.column]
        facts |= {
            "failures": media.failures,
            "made": dict.fromkeys([name for name in every if name != "json"], self._made.fingerprint),
            "media": media.media,
            SHAPE: _shape(clip.name, fields, conflicts),
        }
        members: dict[str, MemberBody] = {name: media.members.get(name, bodies.get(name)) for name in every}
        for name, body in members.items():
            if not body and name != "json":
                facts = stated(facts, [name], media.states.get(name, NOT_YET))
        return {**members, "json": encode_json(facts)}


def _shape(key: str, fields: list[str], conflicts: list[str]) -> dict[str, Any]:
    """What the way back needs beside the columns."""
    shape: dict[str, Any] = {"fields": [readable(field) for field in fields]}
    raw = key.encode("utf-8", "surrogateescape")
    if readable(key) != key:
        shape["key_hex"] = raw.hex()
    return shape | ({"conflicts": conflicts} if conflicts else {})


def _columns(clips: list[RawClip]) -> dict[str, list[str]]:
    """Container -> the columns of its shard: all that one of its samples has, and the packet tables of its videos."""
    columns: dict[str, dict[str, None]] = {}
    for clip in clips:
        names = columns.setdefault(clip.column, {"json": None})
        for entry in clip.entries:
            names[column_of(field_of(entry))] = None
    for container, names in columns.items():
        videos = [name for name in names if is_video_column(name)]
        names |= dict.fromkeys(f"{name}.{PACKETS}" for name in videos)
        names |= {SOUND_PACKETS: None} if container in VIDEO else {}
    return {container: list(names) for container, names in columns.items()}
