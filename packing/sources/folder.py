"""A folder of files, walked to the bottom."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from faceshards.errors import ClipError, SourceError, UsageError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import ArchiveListing, Entry, EntryFault, Limits, readable, shown, size_fault
from faceshards.packing.sources.own_output import lies_below
from faceshards.packing.sources.source_file import SourceFile, require_source
from faceshards.shards.storage.url import Place


class Folder:
    """A folder. A link to a file counts as that file; a link to a folder is not followed (it may lead in a circle).
    What lies in `out`, where that is a folder below it, was packed and is no source.
    """

    kind = "folder"

    def __init__(self, path: Path, limits: Limits, out: Place | None = None) -> None:
        self.path = path
        self._out = os.path.realpath(out) if isinstance(out, Path) and lies_below(out, path) else None
        self.nbytes: int | None = None
        self._limits = limits

    def identity(self) -> dict[str, Any]:
        """Its path; what is in it is told by the listing."""
        return {"path": readable(str(self.path.resolve()))}

    def close(self) -> None:
        """There is nothing to close."""

    def listing(self) -> ArchiveListing:
        """All files; a folder that cannot be read is lost, the topmost one is a SourceError, as are too many files."""
        entries: list[Entry] = []
        lost: list[Entry] = []
        pending, empty = [""], 0
        while pending:
            folder = pending.pop()
            before = len(entries) + len(pending)
            try:
                with os.scandir(self.path / folder) as children:
                    for child in children:
                        name = f"{folder}/{child.name}" if folder else child.name
                        if child.is_dir(follow_symlinks=False):
                            if not (self._out and os.path.realpath(child.path) == self._out):
                                pending.append(name)
                        else:
                            entries.append(self.entry(name, child))
                empty += bool(folder) and len(entries) + len(pending) == before
            except OSError as error:
                lost.append(self._lost(folder, error))
            if len(entries) > self._limits.entries:
                raise SourceError(f"{self.path}: over {self._limits.entries} entries: --max-entries raises the limit")
        return ArchiveListing(entries, empty, lost)

    def entry(self, name: str, child: os.DirEntry[str] | Path) -> Entry:
        """A file as it is listed, with what is wrong with it."""
        try:
            status = child.stat()
        except OSError as error:
            return Entry(name, 0, fault=EntryFault("unreadable-entry", f"{shown(name)}: {error.strerror}"))
        if not stat.S_ISREG(status.st_mode):
            fault = EntryFault("link-entry", f"{shown(name)} is no file but a device, a pipe or a link to a folder")
            return Entry(name, 0, fault=fault)
        fault_of_size = size_fault(name, status.st_size, status.st_size, self._limits)
        return Entry(name, status.st_size, status.st_mtime_ns, fault_of_size)

    def _lost(self, folder: str, error: OSError) -> Entry:
        if not folder:
            raise SourceError(f"{self.path}: {error.strerror}: check the path and its permissions") from error
        message = f"folder {shown(folder)} cannot be listed: {error.strerror}: check its permissions"
        return Entry(f"(folder {folder})", 0, fault=EntryFault("unreadable-entry", message))

    def read(self, entry: Entry) -> bytes:
        """The bytes of a file as it was listed. Raises ClipError, SourceError when the whole folder is gone."""
        try:
            fd = os.open(self.path / entry.name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            try:
                body = b"".join(_pieces(fd, entry.size + 1))
            finally:
                os.close(fd)
        except OSError as error:
            require_source(self.path)
            raise ClipError("unreadable-entry", f"{shown(entry.name)}: {error.strerror}") from error
        if len(body) != entry.size:
            raise _changed(entry)
        return body

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`: the file as it was listed."""
        try:
            file = SourceFile(self.path / entry.name)
        except (SourceError, UsageError) as error:
            require_source(self.path)
            raise ClipError("unreadable-entry", f"{shown(entry.name)}: {error}") from error
        if file.size != entry.size:
            file.close()
            raise _changed(entry)
        return RangedFile(lambda start, stop: file.span(start, stop - start), file.size, file.close)


def _changed(entry: Entry) -> ClipError:
    change = f"{shown(entry.name)} had {entry.size} bytes when it was listed and has others now"
    return ClipError("unreadable-entry", f"{change}: is it still being written?")


def _pieces(fd: int, limit: int) -> Iterator[bytes]:
    """The bytes of a file, at most `limit`."""
    while limit and (piece := os.read(fd, limit)):
        limit -= len(piece)
        yield piece
