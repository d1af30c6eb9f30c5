"""What an entry of an archive may be: the safety rules that zips, tars and folders share.

A rule that an entry breaks becomes the entry's `EntryFault`: its clip is rejected for it, all others go on. Nothing is
unpacked to disk here, so no name can overwrite a file; but names become keys, which others unpack.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from faceshards.errors import ClipError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.suffixes import is_video
from faceshards.shards.storage.url import Place, Url

#: Entries that unpack to less than this are never called bombs: a blank picture may well shrink a thousandfold.
SMALL = 1 << 20

_DRIVE = re.compile(r"[A-Za-z]:")
_SEPARATORS = re.compile(r"[/\\]")


@dataclass(frozen=True)
class Limits:
    """What one source may ask for; each is an option of the command.

    `entry_bytes`: bytes of one entry, unpacked. `ratio`: unpacked over packed bytes. `entries`: entries in one source.
    """

    entry_bytes: int = 1 << 30
    ratio: int = 200
    entries: int = 10_000_000


class EntryFault(NamedTuple):
    """Why an entry is not read: a code of `errors.REASONS` and the particulars."""

    code: str
    message: str

    def error(self) -> ClipError:
        """The fault as an exception."""
        return ClipError(self.code, self.message)


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a source.

    `name` is its path with `/` between parts, cleaned of `.` and empty parts unless `fault` says that it is unsafe;
    bytes that are no UTF-8 stand as surrogates. `size` is what the source declares, in bytes. `place` is what the
    archive needs to find the bytes.
    """

    name: str
    size: int
    place: Any = None
    fault: EntryFault | None = None


@dataclass(frozen=True)
class ArchiveListing:
    """What a source holds: its files in no particular order, how many folders nothing is in, and the parts that cannot
    be listed.
    """

    entries: list[Entry]
    empty_folders: int = 0
    lost: list[Entry] = field(default_factory=list)


class Archive(Protocol):
    """A source of entries. `path` is where it lies, a path or a URL; `kind` the word for it: zip, tar, folder,
    selection.
    """

    path: Any
    kind: str

    @property
    def nbytes(self) -> int | None:
        """Length of the archive's file, None for a folder."""

    def listing(self) -> ArchiveListing:
        """All entries. Raises SourceError where the source as a whole cannot be read."""

    def read(self, entry: Entry) -> bytes:
        """All bytes of an entry. Raises ClipError where they cannot be had, SourceError if the source is gone."""

    def file(self, entry: Entry) -> RangedFile:
        """An entry that is read by ranges, and closed by who asked for it. Raises as `read` does."""

    def identity(self) -> dict[str, Any]:
        """What tells whether this is the source of an earlier run: its path, and a file's size and time."""

    def close(self) -> None:
        """Lets go of the file."""


def clean_name(raw: str) -> tuple[str, EntryFault | None]:
    """A name as an entry carries it, and what is wrong with it: it must stay below the folder that it is unpacked to.

    Both separators count, whatever the system that wrote the archive: the name may be unpacked on another one.
    """
    rule = None
    if "\0" in raw:
        rule = "holds a NUL"
    elif raw.startswith(("/", "\\")):
        rule = "is absolute"
    elif _DRIVE.match(raw):
        rule = "names a drive"
    elif ".." in _SEPARATORS.split(raw):
        rule = "climbs out by '..'"
    if rule:
        return raw, EntryFault("unsafe-path", f"entry {shown(raw)} {rule}: rename it in the source")
    return "/".join(part for part in raw.split("/") if part not in ("", ".")), None


def size_fault(name: str, size: int, packed: int, limits: Limits) -> EntryFault | None:
    """What is wrong with the sizes that an entry declares, in bytes; either of them is read into memory."""
    if max(size, packed) > limits.entry_bytes:
        rule = f"the limit is {limits.entry_bytes}: --max-entry-bytes"
        return EntryFault("too-large", f"entry {shown(name)} has {max(size, packed)} bytes, {rule}")
    if size > SMALL and size > packed * limits.ratio:
        rule = f"the limit is {limits.ratio} times: --max-ratio"
        return EntryFault("bomb", f"entry {shown(name)} unpacks from {packed} to {size} bytes, {rule}")
    return None


def count_empty(folders: Collection[str], entries: Iterable[Entry]) -> int:
    """How many of these folders (paths with `/` between parts) nothing lies in, neither a file nor a folder; the top
    (`""`, as `tar -C FOLDER .` writes it) is none.
    """
    if not folders:
        return 0
    full = set[str]()
    for name in (*folders, *(entry.name for entry in entries)):
        while (name := name.rpartition("/")[0]) and name not in full:
            full.add(name)
    return len(set(folders) - full - {""})


def mark_duplicates(entries: Iterable[Entry]) -> list[Entry]:
    """The same entries; those that share their name have a fault: nobody can say which of them is meant."""
    entries = list(entries)
    counts = Counter(entry.name for entry in entries)
    return [entry if counts[entry.name] == 1 or entry.fault else _duplicate(entry, counts) for entry in entries]


def _duplicate(entry: Entry, counts: Counter[str]) -> Entry:
    message = f"{counts[entry.name]} entries are named {shown(entry.name)}: keep one"
    return replace(entry, fault=EntryFault("duplicate-entry", message))


def source_name(path: Place) -> str:
    """What a source and its shards are called: `group124` of `group124.zip`, `clips` of a folder `clips`, `talk` of a
    video `talk.mp4`.
    """
    if isinstance(path, Url):
        return readable(path.stem) or "clips"
    path = Path(os.path.abspath(path))
    archive = path.suffix.lower() in (".zip", ".tar", ".h5", ".hdf5") and not path.is_dir()
    return readable(path.stem if archive or is_video(path) else path.name) or "clips"


def shown(name: str) -> str:
    """A name for a message: in quotes, a line at most, control characters and bytes that are no UTF-8 escaped."""
    return repr(name if len(name) <= 160 else f"{name[:100]}...{name[-50:]}")


def readable(name: str) -> str:
    """A name for a JSON file: bytes that are no UTF-8 as `\\xff`."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
