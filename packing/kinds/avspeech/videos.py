"""Where the videos of a catalogue come from, and those that people have already."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol, TypeVar

from faceshards.packing.kinds.avspeech.segment import Media
from faceshards.packing.sources.archive import Archive, Entry, EntryFault, mark_duplicates, readable, shown
from faceshards.packing.sources.suffixes import is_video

Made = TypeVar("Made")
#: What is made of a video.
Work = Callable[[Media], Made]

# `ID.mp4`, or `Title [ID].mp4` as yt-dlp names its files.
_NAMED = re.compile(r"(?:.*\[)?([A-Za-z0-9_-]{11})\]?", re.DOTALL)


class Videos(Protocol):
    """Videos by their id."""

    def record(self) -> dict[str, Any]:
        """What tells these videos from others, as JSON values."""

    def entry(self, link: str) -> Entry | None:
        """The file of a video where it is listed before it is read, with what is wrong with it."""

    def use(self, link: str, work: Work[Made]) -> Made:
        """What `work` makes of a video; it may be called again from the start. Called in several threads at once.
        Raises ClipError where the video cannot be had, and what `work` raises.
        """


class HeldVideos:
    """Videos in a zip, a tar or a folder, their files named by id: `ID.mp4`, or `Title [ID].mp4`, in any folder."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def record(self) -> dict[str, Any]:
        """As `Videos.record`; each file's size and time stand in its entry."""
        return {"held": self._archive.identity()["path"]}

    def entry(self, link: str) -> Entry:
        """As `Videos.entry`; one that is not there has a fault. Raises SourceError."""
        return self._entries.get(link) or _absent(link, self._archive)

    def use(self, link: str, work: Work[Made]) -> Made:
        """As `Videos.use`. A video is read as far as it is needed."""
        entry = self.entry(link)
        if entry.fault:
            raise entry.fault.error()
        with closing(self._archive.file(entry)) as file:
            return work(Media(file, file))

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        """Id -> its file; two files of one id have a fault."""
        named: dict[str, list[Entry]] = {}
        for entry in self._archive.listing().entries:
            match = _NAMED.fullmatch(Path(entry.name).stem)
            if match and is_video(Path(entry.name)):
                named.setdefault(match[1], []).append(entry)
        return {link: _one(link, entries) for link, entries in named.items()}


def _one(link: str, entries: list[Entry]) -> Entry:
    if len(entries) == 1:
        return entries[0]
    first = mark_duplicates([Entry(link, one.size, one.place) for one in entries])[0]
    names = " and ".join(shown(one.name) for one in entries[:2])
    return Entry(
        first.name, first.size, first.place, EntryFault("duplicate-entry", f"{names} are both {link}: keep one")
    )


def _absent(link: str, archive: Archive) -> Entry:
    message = f"no video file named {link} in {readable(str(archive.path))}: fetch it, or leave --videos out"
    return Entry(link, 0, fault=EntryFault("gone", message))
