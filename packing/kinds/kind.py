"""What a kind of source must say: which samples it holds, and what each becomes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, ClassVar, Protocol

from faceshards.packing.sources.archive import Archive
from faceshards.packing.sources.clip_list import ClipList, RawClip
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.writer import MemberBody


class Kind(Protocol):
    """How the samples of one data set lie in an archive. The packer asks for nothing else.

    `name` is the word of `faceshards pack KIND`. `columns`: every column that it may make, so that packing again may
    replace a shard that has no others.
    """

    name: ClassVar[str]
    columns: Collection[str]

    def record(self) -> dict[str, Any]:
        """What decides the bytes of its samples beside the source and `PackOptions`, as JSON values."""

    def listed(self, archive: Archive) -> ClipList:
        """The samples in a fixed order, and what in the archive is none, counted. One that is known to be bad has a
        `fault`, and is rejected for it unread. Raises SourceError where the archive as a whole cannot be read.
        """

    def found(self, listed: ClipList) -> str:
        """The samples in words: `12 folders of frames and 3 video files (mp4 2, mpg 1)`."""

    def made(self, clip: RawClip) -> Provenance:
        """What makes the columns of a sample."""

    def sample(self, archive: Archive, clip: RawClip) -> Mapping[str, MemberBody]:
        """The members of a sample, `json` among them; equal input, equal bytes. Called in several threads at once.
        Raises ClipError with the reason why it cannot be packed, SourceError when the source itself is gone.
        """
