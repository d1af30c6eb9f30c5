"""Where raw clips come from: a zip, a tar or a folder, read entry by entry, and the clips that its names make."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.packing.sources.archive import Archive as Archive
    from faceshards.packing.sources.archive import Entry as Entry
    from faceshards.packing.sources.archive import EntryFault as EntryFault
    from faceshards.packing.sources.archive import Limits as Limits
    from faceshards.packing.sources.clip_list import ClipList as ClipList
    from faceshards.packing.sources.clip_list import RawClip as RawClip
    from faceshards.packing.sources.clip_list import list_clips as list_clips
    from faceshards.packing.sources.opening import open_source as open_source
else:
    __getattr__ = lazy(
        __name__,
        {
            "archive": "Archive Entry EntryFault Limits",
            "clip_list": "ClipList RawClip list_clips",
            "opening": "open_source",
        },
    )

__all__ = ["Archive", "ClipList", "Entry", "EntryFault", "Limits", "RawClip", "list_clips", "open_source"]
