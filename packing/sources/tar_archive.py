"""Tars, read header by header: ustar, pax (`x`, `g`) and GNU long names, as other people's tools write them.

Layout: IEEE Std 1003.1, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format". The standard library's
`tarfile` will not do: it takes a damaged header in the middle for the end of the archive and says nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from faceshards.errors import ClipError, DamagedShard, SourceError
from faceshards.packing.sources.archive import Entry, Fault, Limits, Listing, clean_name, mark_duplicates, shown, size_fault
from faceshards.packing.sources.source_file import SourceFile
from faceshards.shards.front import parse_pax
from faceshards.shards.tar import BLOCK, padding

#: Most bytes of a long name or a pax header: GNU tar and Python write a few hundred.
_LONGEST_EXTENSION = 1 << 20
_FILES = b"0\0007"
_LINKS = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a pipe"}
_UNPLAIN = {b"S": "is sparse", b"M": "continues another volume", b"D": "is a GNU dump of a folder", b"V": "is a volume label"}


class _Header(NamedTuple):
    name: str
    size: int
    kind: bytes


class TarArchive:
    """A tar that is not compressed: its entries are read in any order, which a compressed one does not allow."""

    kind = "tar"

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        self._file = SourceFile(path)

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        return self._file.identity()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def listing(self) -> Listing:
        """All entries. What follows a damaged or missing header is one lost entry. Raises SourceError when the first is none."""
        walk = _Walk(self._file, self._limits)
        try:
            walk.run()
        except ClipError as error:
            if not walk.entries and not walk.folders:
                raise SourceError(f"{self.path}: not a tar: {error}") from error
            rest = Entry(f"(the rest of {self.path.name})", 0, fault=Fault(error.code, f"{error}: fetch the archive again"))
            return Listing(mark_duplicates(walk.entries), walk.folders, [rest])
        return Listing(mark_duplicates(walk.entries), walk.folders)

    def read(self, entry: Entry) -> bytes:
        """The bytes as they stand; a tar has no checksum of them. Raises ClipError, SourceError."""
        return self._file.span(entry.place, entry.size)


class _Walk:
    """One pass over the headers, from the first byte to the end mark; each step is at a greater offset than the last."""

    def __init__(self, file: SourceFile, limits: Limits) -> None:
        self.entries: list[Entry] = []
        self.folders = 0
        self._file = file
        self._limits = limits
        self._offset = 0
        self._pax: dict[str, str] = {}
        self._long_name: bytes | None = None

    def run(self) -> None:
        """Raises ClipError (unreadable-entry) at a header that is none."""
        while (block := self._block()) != bytes(BLOCK):
            if not self._file.size - self._offset >= BLOCK:
                raise ClipError("unreadable-entry", "there is no end mark")
            header = _parse(block, self._offset)
            self._offset += BLOCK
            if header.kind in b"xgLKX":
                self._extension(header)
            else:
                self._member(header)
            self._offset += header.size + padding(header.size)

    def _block(self) -> bytes:
        if self._offset + BLOCK > self._file.size:
            raise ClipError("unreadable-entry", f"it ends at byte {self._file.size} without the end mark of a tar")
        return self._file.span(self._offset, BLOCK)
