"""The texts of `meta_info`, wherever they lie: beside the clips, or in a zip, a tar or a folder of their own."""

from __future__ import annotations

import hashlib
import weakref
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from faceshards.errors import ClipError
from faceshards.packing.kinds.vfhq.clip_name import ClipName
from faceshards.packing.sources.archive import Archive, Entry, Limits, readable, shown, source_name
from faceshards.packing.sources.opening import open_source

#: Most bytes of a text: an hour of frames has 20 MB.
LARGEST = 64 << 20


class _Text(NamedTuple):
    archive: Archive
    entry: Entry
    path: str


def is_meta(entry: Entry) -> bool:
    """Whether an entry is named as a text of `meta_info`: the clip's name and `.txt`."""
    name = ClipName.of(entry.name) if entry.name.lower().endswith(".txt") else None
    return name is not None and entry.name.rpartition("/")[2][: -len(".txt")] == name.text


class MetaFiles:
    """Texts by the names of their clips."""

    def __init__(self) -> None:
        self._texts: dict[str, _Text] = {}

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, archive: Archive, entries: Iterable[Entry], folder: str = "") -> None:
        """Those of these entries that are texts; on the way back they lie below `folder`."""
        for entry in filter(is_meta, entries):
            path = entry.name if entry.name.startswith(f"{folder}/") or not folder else f"{folder}/{entry.name}"
            self._texts.setdefault(_clip(entry), _Text(archive, entry, readable(path)))

    def add_source(self, path: Path, limits: Limits) -> None:
        """Those of a zip, a tar or a folder, which stays open as long as this. Raises SourceError, UsageError."""
        archive = open_source(path, limits)
        weakref.finalize(self, archive.close)
        self.add(archive, archive.listing().entries, source_name(path))

    def names(self) -> list[str]:
        """The clips that have one."""
        return list(self._texts)

    def path(self, clip: str) -> str | None:
        """Where the way back writes a clip's text, None where it has none."""
        return self._texts[clip].path if clip in self._texts else None

    def body(self, clip: str) -> bytes:
        """A clip's text. Raises ClipError, SourceError."""
        archive, entry, _ = self._texts[clip]
        if entry.fault:
            raise entry.fault.error()
        if entry.size > LARGEST:
            raise ClipError("too-large", f"{shown(entry.name)} has {entry.size} bytes, at most {LARGEST} are read")
        return archive.read(entry)

    def digest(self) -> str:
        """What tells these texts from others, by name, size and time or place."""
        told = sorted((name, text.entry.size, repr(text.entry.place)) for name, text in self._texts.items())
        return hashlib.blake2b(repr(told).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


def _clip(entry: Entry) -> str:
    name = ClipName.of(entry.name)
    return name.text if name else ""
