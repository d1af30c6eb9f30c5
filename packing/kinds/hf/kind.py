"""Videos in folders, as the Hub's `videofolder` lays them out: beside them a metadata.csv or metadata.jsonl."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from faceshards.packing.annotations.annotation_file import AnnotationFile, read_annotations
from faceshards.packing.annotations.joined import joined
from faceshards.packing.kinds.clips.kind import Clips
from faceshards.packing.options import PackOptions
from faceshards.packing.sources.archive import Archive
from faceshards.packing.sources.clip_list import ClipList, RawClip

#: The names that a metadata file may have; its column `file_name` names a file below its own folder.
METADATA = ("metadata.csv", "metadata.jsonl")


class VideoFolder(Clips):
    """Clips of which the nearest metadata file above them says more: its columns are facts of their json."""

    name: ClassVar[str] = "hf"

    def __init__(self, options: PackOptions, top: Path, metadata: Sequence[str]) -> None:
        super().__init__(options)
        self._metadata = {path.rpartition("/")[0]: _read(top, path) for path in sorted(metadata)}

    def record(self) -> dict[str, Any]:
        """Its name, and the content of the metadata: all else stands in the options."""
        return {"name": self.name, "metadata": {file.name: file.digest for file in self._metadata.values()}}

    def listed(self, archive: Archive) -> ClipList:
        """The clips in natural order of their names. Raises SourceError."""
        listed = super().listed(archive)
        clips: list[RawClip] = []
        remarks: dict[str, list[str]] = {}
        for folder, file in [*self._metadata.items(), (None, None)]:
            own = [clip for clip in listed.clips if self._nearest(clip) == folder]
            told = joined(replace(listed, clips=own), file) if file else replace(listed, clips=own)
            clips += told.clips
            for what, names in told.remarks.items():
                remarks.setdefault(what, []).extend(names)
        order = {clip.path: number for number, clip in enumerate(listed.clips)}
        clips.sort(key=lambda clip: order[clip.path])
        return replace(listed, clips=clips, remarks=remarks)

    def _nearest(self, clip: RawClip) -> str | None:
        """The deepest folder with metadata that holds a clip."""
        above = clip.path.split("/")[:-1]
        return next(
            (name for end in range(len(above), -1, -1) if (name := "/".join(above[:end])) in self._metadata), None
        )


def _read(top: Path, path: str) -> AnnotationFile:
    """A metadata file, whose rows name files by their paths below `top`."""
    folder = path.rpartition("/")[0]
    file = read_annotations(top / path)
    rows = {f"{folder}/{key}" if folder else key: row for key, row in file.rows.items()}
    rows = {key: replace(row, key=key) for key, row in rows.items()}
    return replace(file, name=path, rows=rows)
