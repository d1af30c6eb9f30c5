"""Clips of CelebV-HQ and CelebV-Text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from faceshards.packing.annotations.annotation_file import DELIMITERS, AnnotationFile, AnnotationRow
from faceshards.packing.annotations.joined import joined, row_facts
from faceshards.packing.kinds.celebv.entry import entry_facts, named_facts
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Archive, shown
from faceshards.packing.sources.clip_list import ClipList, RawClip, list_clips
from faceshards.shards.writer import MemberBody

HQ, TEXT = "CelebV-HQ", "CelebV-Text"


class CelebV(Clips):
    """Clips whose names tell the video that they were cut from; the info file tells the rest, and by its attributes
    which of the two collections it is.
    """

    name: ClassVar[str] = "celebv"

    def __init__(self, options: PackOptions, info: AnnotationFile | None = None) -> None:
        super().__init__(options, info)
        self._has_entries = info is not None and info.form not in DELIMITERS
        if info and self._has_entries:
            self._annotations = _checked(info)

    def listed(self, archive: Archive) -> ClipList:
        """The clips in natural order of their names. Raises SourceError."""
        listed = list_clips(archive)
        strange = [clip.name for clip in listed.clips if named_facts(clip.path) is None]
        clips = [replace(clip, facts=named_facts(clip.path) or {}) for clip in listed.clips]
        remarks = {"names that are not CelebV's": strange} if strange else {}
        listed = replace(listed, clips=clips, remarks=remarks)
        facts = _later if self._has_entries else row_facts
        return joined(listed, self._annotations, facts) if self._annotations else listed

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json` with the facts of the clip's entry, the video, its packet tables. Raises ClipError, SourceError."""
        origin = clip.facts.get("annotation")
        if self._has_entries and origin:
            clip = replace(clip, facts={**clip.facts, **self._told(origin["row"], origin.get("head"))})
        return super().sample(archive, clip)

    def _told(self, entry: Mapping[str, Any], head: Any) -> dict[str, Any]:
        """Facts of an entry, the collection where no label names it."""
        collection = {} if "collection" in self._options.labels else {"collection": _collection(entry)}
        return {**collection, **entry_facts(entry, head)}


def _collection(entry: Mapping[str, Any]) -> str:
    return HQ if "attributes" in entry else TEXT


def _later(row: AnnotationRow) -> Mapping[str, Any]:
    """No facts yet: a hundred of each of many thousand clips would be held; `sample` tells those of one."""
    return {}


def _checked(info: AnnotationFile) -> AnnotationFile:
    """The file without the entries that are not as they should be, which are broken."""
    rows, broken = {}, list(info.broken)
    for key, row in info.rows.items():
        try:
            entry_facts(row.value, info.head)
            rows[key] = row
        except ValueError as error:
            broken.append(f"entry {shown(key)}: {error}")
    return replace(info, rows=rows, broken=broken)
