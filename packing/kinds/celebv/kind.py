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
from faceshards.packing.sources.clip_list import ClipList, list_clips

HQ, TEXT = "CelebV-HQ", "CelebV-Text"


class CelebV(Clips):
    """Clips whose names tell the video that they were cut from; the info file tells the rest, and by its attributes
    which of the two collections it is.
    """

    name: ClassVar[str] = "celebv"

    def __init__(self, options: PackOptions, info: AnnotationFile | None = None) -> None:
        super().__init__(options, info)
        self._facts: Mapping[str, Mapping[str, Any]] = {}
        if info and info.form not in DELIMITERS:
            self._annotations, self._facts = _checked(info, options.labels)

    def listed(self, archive: Archive) -> ClipList:
        """The clips in natural order of their names. Raises SourceError."""
        listed = list_clips(archive)
        strange = [clip.name for clip in listed.clips if named_facts(clip.path) is None]
        clips = [replace(clip, facts=named_facts(clip.path) or {}) for clip in listed.clips]
        remarks = {"names that are not CelebV's": strange} if strange else {}
        listed = replace(listed, clips=clips, remarks=remarks)
        return joined(listed, self._annotations, self._of_row) if self._annotations else listed

    def _of_row(self, row: AnnotationRow) -> Mapping[str, Any]:
        """The facts of an entry; of a table's row every column."""
        return self._facts.get(row.key) or row_facts(row)


def _checked(info: AnnotationFile, labels: Mapping[str, str]) -> tuple[AnnotationFile, Mapping[str, Mapping[str, Any]]]:
    """The file without the entries that are not as they should be, which are broken; and the facts of the others, the
    collection where no label names it.
    """
    facts, broken = {}, list(info.broken)
    for key, row in info.rows.items():
        try:
            collection = {} if "collection" in labels else {"collection": HQ if "attributes" in row.value else TEXT}
            facts[key] = {**collection, **entry_facts(row.value, info.head)}
        except ValueError as error:
            broken.append(f"entry {shown(key)}: {error}")
    rows = {key: row for key, row in info.rows.items() if key in facts}
    return replace(info, rows=rows, broken=broken), facts
