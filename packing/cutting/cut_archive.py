"""A source whose videos are read cut by cut, as if each cut were a file of its own."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

from faceshards.errors import ClipError, ColumnError, SourceError
from faceshards.media.container import RangedFile
from faceshards.media.cutting.cut import cut
from faceshards.media.cutting.excerpt import Excerpt
from faceshards.media.cutting.reel import Reel
from faceshards.packing.cutting.cut_rules import CutRules
from faceshards.packing.cutting.named_rows import named_rows
from faceshards.packing.cutting.span_list import SpanRow
from faceshards.packing.cutting.spans import Asked, spans_of
from faceshards.packing.sources.archive import Archive, ArchiveListing, Entry, EntryFault, readable, shown
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.schema.columns import VIDEO

#: The column of all cuts.
CUT_COLUMN = "mp4"
_NUMBERED = re.compile(r"-[0-9]{5,}(-[0-9]+)?")
#: What the json of a sample that is cut again hands on.
_HANDED_ON = ("source", "collection", "licence", "citation", "identity")
_LARGEST_JSON = 64 << 20


class HowEncoded(Protocol):
    """How cuts are encoded: see `PackOptions`."""

    @property
    def crf(self) -> int: ...

    @property
    def gop(self) -> int | None: ...

    @property
    def max_pixels(self) -> int: ...


@dataclass(frozen=True)
class _Part:
    """Where the bytes of a cut are: its video, and which pictures of it."""

    video: Entry
    excerpt: Excerpt


class CutArchive:
    """An archive whose videos are cut by rules; `read` makes a cut. A video is opened once for all of its cuts, and
    closed behind the last; it is read by ranges. `short`: spans that were left out for their length.
    """

    def __init__(self, archive: Archive, rules: CutRules, quality: HowEncoded) -> None:
        self.path: Path = archive.path
        self.kind, self.nbytes = archive.kind, archive.nbytes
        self.short = 0
        self._archive, self._rules, self._quality = archive, rules, quality
        self._lock = Lock()
        self._reels: dict[Entry, Reel] = {}
        self._left: Counter[Entry] = Counter()
        self._beside: dict[str, Entry] = {}
        self._rows: dict[str, list[SpanRow]] = {}

    def identity(self) -> dict[str, Any]:
        """That of the archive, and of the jsons beside its videos."""
        digest = hashlib.blake2b(repr(sorted(self._beside.items())).encode(), digest_size=8).hexdigest()
        return self._archive.identity() | ({"beside": digest} if self._beside else {})

    def listing(self) -> ArchiveListing:
        """That of the archive."""
        found = self._archive.listing()
        jsons = (one for one in found.entries if one.name.endswith(".json") and not one.fault)
        self._beside = {one.name.removesuffix(".json"): one for one in jsons if one.size <= _LARGEST_JSON}
        return found

    def chosen(self, listed: ClipList) -> ClipList:
        """The clips as they will be cut, those of the list alone where there is one. Raises SourceError where it names
        none of them.
        """
        clips = [replace(clip, column=CUT_COLUMN) if _is_video(clip) else clip for clip in listed.clips]
        if self._rules.spans is None:
            return replace(listed, clips=clips)
        self._rows, remarks = named_rows(self._rules.spans, [clip for clip in clips if _is_video(clip)])
        wanted = [clip for clip in clips if not _is_video(clip) or clip.entries[0].name in self._rows]
        if not wanted:
            path, name = self._rules.spans.path, shown(listed.clips[0].name)
            raise SourceError(f"{self.path}: no row of {path} names a video of it: name them as {name}")
        others = [clip.name for clip in clips if _is_video(clip) and clip.entries[0].name not in self._rows]
        remarks |= {"videos without a span": others} if others else {}
        return replace(listed, clips=wanted, remarks={**listed.remarks, **remarks})

    def parts(self, clip: RawClip) -> list[RawClip]:
        """The cuts of a video, NAME-00000, ...; any other clip as it is. Raises ClipError where it cannot be cut."""
        if not _is_video(clip) or clip.fault:
            return [clip]
        [video] = clip.entries
        reel = Reel(self._archive.file(video), self._quality.max_pixels)
        try:
            beside = self._facts(clip)
            asked, short = spans_of(reel, self._rules, self._rows.get(video.name, []), beside)
            parts = [_part(clip, number, reel, one, self._rules.exact) for number, one in enumerate(asked)]
        except BaseException:
            reel.close()
            raise
        self._begin(video, reel, sum(not part.fault for part in parts), short)
        if not parts:
            raise ClipError("too-few-frames", f"all {short} spans of the video are shorter than --min-seconds asks")
        name = str(beside["name"]) if "made" in beside and "name" in beside else clip.name
        told = {key: value for key, value in beside.items() if key in _HANDED_ON and isinstance(value, str)}
        return [
            replace(one, name=name + one.name, facts={**told, **one.facts, "cut_of": readable(name)}) for one in parts
        ]

    def _begin(self, video: Entry, reel: Reel, cuts: int, short: int) -> None:
        """Keeps a video open for so many cuts."""
        with self._lock:
            self.short += short
            if cuts:
                self._reels[video], self._left[video] = reel, cuts
        if not cuts:
            reel.close()

    def _facts(self, clip: RawClip) -> Mapping[str, Any]:
        """What the json beside a video says, where there is one."""
        entry = self._beside.get(clip.path)
        with suppress(ClipError, ColumnError):
            facts = decode_json(self._archive.read(entry)) if entry else {}
            return facts if isinstance(facts, dict) else {}
        return {}

    def read(self, entry: Entry) -> bytes:
        """The mp4 of a cut; any other entry as the archive has it."""
        part = entry.place
        if not isinstance(part, _Part):
            return self._archive.read(entry)
        with self._lock:
            reel = self._reels[part.video]
        try:
            return cut(reel, part.excerpt, self._quality.crf, self._quality.gop)
        finally:
            self._done(part.video)

    def _done(self, video: Entry) -> None:
        with self._lock:
            self._left[video] -= 1
            if self._left[video] <= 0:
                self._reels.pop(video).close()

    def file(self, entry: Entry) -> RangedFile:
        """That of the archive."""
        return self._archive.file(entry)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """At the end of the block no video stays open, whatever ended it."""
        try:
            yield
        finally:
            while self._reels:
                self._reels.popitem()[1].close()

    def close(self) -> None:
        """Closes the archive."""
        self._archive.close()


def _is_video(clip: RawClip) -> bool:
    return clip.column in VIDEO and not clip.frames and len(clip.entries) == 1


def _part(clip: RawClip, number: int, reel: Reel, asked: Asked, exact: bool) -> RawClip:
    """A cut of a clip, named by its number alone, or why it cannot be made."""
    name, [video] = f"-{number:05d}", clip.entries
    try:
        if asked.fault:
            raise ClipError("bad-row", asked.fault)
        excerpt = Excerpt.of(reel, asked.start, asked.end, exact)
    except ClipError as error:
        return replace(clip, name=name, entries=(), fault=EntryFault(error.code, str(error)))
    told = excerpt.facts(reel)
    said = {"asked": [round(asked.start, 6), round(asked.end, 6)], "file": readable(video.name)}
    facts = {"cut_start": told["start"], "cut_end": told["end"], "cut": told | said}
    entry = Entry(f"{clip.path}{name}.{CUT_COLUMN}", 0, _Part(video, excerpt))
    return replace(clip, name=name, entries=(entry,), facts={**clip.facts, **asked.facts, **facts})


class CutKeys:
    """Keys of clips and of their cuts."""

    def __init__(self, keys: Iterable[str]) -> None:
        self._keys = set(keys)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and (key in self._keys or _NUMBERED.sub("", key) in self._keys)
