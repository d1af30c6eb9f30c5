"""Folders of frames and video files: the kind that needs no name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from faceshards.packing.annotations.annotation_file import AnnotationFile
from faceshards.packing.annotations.joined import joined
from faceshards.packing.options import PackOptions
from faceshards.packing.sample import make_sample
from faceshards.packing.sources.archive import Archive
from faceshards.packing.sources.clip_list import ClipList, RawClip, list_clips
from faceshards.shards.schema.columns import PACKETS, SOUND_PACKETS, VIDEO
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import MemberBody
from faceshards.terminal import counted


class Clips:
    """A folder of pictures is a clip, encoded as H.264; a video file is a clip, kept byte for byte. The rows of
    `annotations` become facts of the clips that they name.
    """

    name: ClassVar[str] = "clips"
    columns: Collection[str] = frozenset({"json", SOUND_PACKETS, *VIDEO, *(f"{column}.{PACKETS}" for column in VIDEO)})

    def __init__(self, options: PackOptions, annotations: AnnotationFile | None = None) -> None:
        self._options = options
        self._annotations = annotations

    def record(self) -> dict[str, Any]:
        """Its name, and the content of the annotations: all else stands in the options."""
        return {"name": self.name, **({"annotations": self._annotations.digest} if self._annotations else {})}

    def listed(self, archive: Archive) -> ClipList:
        """The clips in natural order of their names. Raises SourceError."""
        listed = list_clips(archive)
        return joined(listed, self._annotations) if self._annotations else listed

    def found(self, listed: ClipList) -> str:
        """`12 folders of frames and 3 video files (mp4 2, mpg 1)`."""
        frames = sum(clip.frames for clip in listed.clips)
        columns = Counter(clip.column for clip in listed.clips if not clip.frames and clip.column)
        parts = [f"{frames} folder{'s' * (frames != 1)} of frames"] if frames else []
        if columns:
            videos = columns.total()
            parts.append(f"{videos} video file{'s' * (videos != 1)} ({counted(columns)})")
        return " and ".join(parts)

    def made(self, clip: RawClip) -> Provenance:
        """What makes the columns of a clip of frames, or of a video file that is kept as it is."""
        return self._options.made(clip.frames)

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """`json`, the video, its packet tables. Raises ClipError, SourceError."""
        return make_sample(archive, clip, self._options)
