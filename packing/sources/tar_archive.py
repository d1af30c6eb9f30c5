"""Tars, read header by header: ustar, pax (`x`, `g`) and GNU long names, as other people's tools write them.

Layout: IEEE Std 1003.1, pax, "ustar Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format". The
standard library's `tarfile` will not do: it takes a damaged header in the middle for the end and says nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from faceshards.errors import ClipError, DamagedShard, SourceError
from faceshards.media.container import RangedFile
from faceshards.packing.sources.archive import (
    ArchiveListing,
    Entry,
    EntryFault,
    Limits,
    clean_name,
    count_empty,
    mark_duplicates,
    shown,
    size_fault,
)
from faceshards.packing.sources.remote_source import RemoteSource
from faceshards.packing.sources.source_file import SourceFile
from faceshards.shards.storage.url import Place
from faceshards.shards.tar.front import parse_pax
from faceshards.shards.tar.header import BLOCK, padding
from faceshards.shards.tar.scan import SPARSE, of_members

#: Most bytes of a long name or a pax header: GNU tar and Python write a few hundred.
_LONGEST_EXTENSION = 1 << 20
_FILES = (b"0", b"\0", b"7")
_LINKS = {b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a pipe"}
_UNPLAIN = {
    b"S": "is sparse",
    b"M": "continues another volume",
    b"D": "is a GNU dump of a folder",
    b"V": "is a volume label",
}


class _Header(NamedTuple):
    """The fields of a header block that are used; `sparse_map` says that blocks of a GNU sparse map follow."""

    name: bytes
    size: int
    kind: bytes
    sparse_map: bool


class TarArchive:
    """A tar that is not compressed: its entries are read in any order, which a compressed one does not allow. `file`
    is where its bytes come from, by default a disk.
    """

    kind = "tar"

    def __init__(self, path: Place, limits: Limits, file: SourceFile | RemoteSource | None = None) -> None:
        self.path = path
        self._limits = limits
        self._file = file or SourceFile(Path(path))
        self.nbytes = self._file.size

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        return self._file.identity()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def listing(self) -> ArchiveListing:
        """All entries, in the order of the tar; what follows a damaged header is one lost entry. Raises SourceError if
        the first is damaged.
        """
        walk = _Walk(self._file, self._limits)
        lost = []
        try:
            walk.run()
        except ClipError as error:
            if not walk.entries and not walk.folders:
                raise SourceError(f"{self.path}: not a whole tar: {error}: fetch it again") from error
            fault = EntryFault(error.code, f"{error}: what follows is lost, fetch the archive again")
            lost.append(Entry(f"(rest of {self.path.name})", 0, fault=fault))
        return ArchiveListing(mark_duplicates(walk.entries), count_empty(walk.folders, walk.entries), lost)

    def read(self, entry: Entry) -> bytes:
        """The bytes as they stand; a tar has no checksum of them. Raises ClipError, SourceError."""
        return self._file.span(entry.place, entry.size)

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`."""
        place = int(entry.place)
        return RangedFile(lambda start, stop: self._file.span(place + start, stop - start), entry.size)


class _Walk:
    """One pass over the headers, from the first byte to the end mark; each step goes to a greater offset."""

    def __init__(self, file: SourceFile | RemoteSource, limits: Limits) -> None:
        self.entries: list[Entry] = []
        self.folders: list[str] = []
        self._file = file
        self._limits = limits
        self._offset = 0
        self._pax: dict[str, str] = {}
        self._long_name = b""

    def run(self) -> None:
        """Raises ClipError (unreadable-entry) at a header that is none, SourceError for too many entries."""
        while (block := self._next_block()) != bytes(BLOCK):
            header = _parse(block, self._offset - BLOCK)
            size = header.size
            if header.kind in b"xgXLK":
                self._extension(header)
            else:
                size = self._member(header)
                self._pax, self._long_name = {}, b""
            self._offset += size + padding(size)

    def _next_block(self) -> bytes:
        if self._offset + BLOCK > self._file.size:
            raise ClipError("unreadable-entry", f"it ends after {self._file.size} bytes without the end mark of a tar")
        block = self._file.span(self._offset, BLOCK)
        self._offset += BLOCK
        return block

    def _extension(self, header: _Header) -> None:
        """Takes in what a pax header or a GNU long name says of the next entry; other extensions say nothing of use."""
        if header.size > _LONGEST_EXTENSION:
            raise _damaged(
                self._offset - BLOCK, f"claims {header.size} bytes of names, the limit is {_LONGEST_EXTENSION}"
            )
        body = self._file.span(self._offset, header.size)
        if header.kind == b"L":
            self._long_name = body.split(b"\0")[0]
        elif header.kind in b"xX":
            try:
                self._pax |= of_members(parse_pax(body))
            except DamagedShard as error:
                raise _damaged(self._offset - BLOCK, f"has a malformed pax record ({error})") from error

    def _member(self, header: _Header) -> int:
        """Takes in an entry or a folder; returns the size of its body."""
        while header.sparse_map and self._next_block()[504]:
            pass
        size = self._size(header)
        raw = self._pax.get("path") or (self._long_name or header.name).decode("utf-8", "surrogateescape")
        if header.kind == b"5" or (header.kind in _FILES and raw.endswith("/")):
            self.folders.append(clean_name(raw)[0])
            self._check_count()
            return 0 if header.kind == b"5" else size
        name, fault = clean_name(raw)
        fault = fault or self._fault(name, header, size)
        self.entries.append(Entry(name, size, self._offset, fault))
        self._check_count()
        return 0 if header.kind in _LINKS else size

    def _check_count(self) -> None:
        if len(self.entries) + len(self.folders) > self._limits.entries:
            raise SourceError(f"{self._file.path}: over {self._limits.entries} entries: --max-entries raises the limit")

    def _size(self, header: _Header) -> int:
        digits = self._pax.get("size", "")
        if not digits:
            return header.size
        if not (digits.isascii() and digits.isdigit() and len(digits) < 20):
            raise _damaged(self._offset - BLOCK, f"has the pax size {shown(digits)}")
        return int(digits)

    def _fault(self, name: str, header: _Header, size: int) -> EntryFault | None:
        if header.kind in _LINKS:
            return EntryFault("link-entry", f"entry {shown(name)} is {_LINKS[header.kind]}: store the file itself")
        if SPARSE in self._pax or header.kind in _UNPLAIN:
            how = "is sparse" if SPARSE in self._pax else _UNPLAIN[header.kind]
            return EntryFault("unreadable-entry", f"entry {shown(name)} {how}: store it as a plain file")
        missing = self._offset + size - self._file.size
        if missing > 0:
            return EntryFault(
                "unreadable-entry", f"the archive ends {missing} bytes before its entry {shown(name)} does"
            )
        return size_fault(name, size, size, self._limits)


def _parse(block: bytes, at: int) -> _Header:
    """The fields of a header. Raises ClipError for a block whose checksum is not its own."""
    own = 8 * 0x20 + sum(block[:148]) + sum(block[156:])  # the checksum's own field counts as spaces
    if _number(block[148:156], at) != own:
        raise _damaged(at, "has a wrong checksum")
    name = block[:100].split(b"\0")[0]
    prefix = block[345:500].split(b"\0")[0] if block[257:263] == b"ustar\0" else b""
    kind = block[156:157]
    name = prefix + b"/" + name if prefix else name
    return _Header(name, _number(block[124:136], at), kind, kind == b"S" and block[482] != 0)


def _number(field: bytes, at: int) -> int:
    """A numeric field: octal digits, or base 256 behind a set top bit (GNU)."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b" \0") or b"0", 8)
    except ValueError as error:
        raise _damaged(at, f"has the number {field!r}") from error


def _damaged(at: int, how: str) -> ClipError:
    return ClipError("unreadable-entry", f"the header at byte {at} {how}")
