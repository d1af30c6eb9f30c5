"""Zips, read by their central directory.

Layout: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory), 4.3.14-16 (its end, zip64),
4.5.3 (zip64 extra), 4.6.9 (Unicode path extra). The standard library's `zipfile` will not do: one name that is not the
UTF-8 it claims ends the whole archive, and bzip2 and LZMA entries unpack without bound.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from faceshards.errors import ClipError, SourceError
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
from faceshards.packing.sources.source_file import SourceFile
from faceshards.packing.sources.zip_entry import ranged, whole

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_LONGEST_DIRECTORY = 1 << 30  # of ten million entries

_STORED, _DEFLATED = 0, 8
_ENCRYPTED = 0x0001 | 0x0040 | 0x2000  # plain, strong, and with a masked directory
_UTF8 = 0x0800
_ZIP64_EXTRA, _UNICODE_PATH_EXTRA = 0x0001, 0x7075


class _Place(NamedTuple):
    """Where an entry's bytes are: its local header's offset, and what the directory says of them."""

    header: int
    packed: int
    method: int
    crc: int


class _Record(NamedTuple):
    """One record of the central directory, zip64 values filled in."""

    raw_name: bytes
    flags: int
    size: int
    mode: int
    extra: dict[int, bytes]
    place: _Place


class ZipArchive:
    """A zip of any size; entries stored or deflated."""

    kind = "zip"

    def __init__(self, path: Path, limits: Limits) -> None:
        self.path = path
        self._limits = limits
        self._file = SourceFile(path)
        self.nbytes = self._file.size
        self._shift = 0

    def identity(self) -> dict[str, Any]:
        """Path, size in bytes and time of the last change in nanoseconds."""
        return self._file.identity()

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def listing(self) -> ArchiveListing:
        """The entries of the central directory. Raises SourceError when it is missing, cut or malformed."""
        try:  # one record after the other, as each is larger than its entry
            records = self._records(self._directory())
            found = [_folder_name(one) if _is_folder(one) else self._entry(one) for one in records]
        except (struct.error, ClipError) as error:
            raise self._broken("its directory is cut") from error
        files = [entry for entry in found if isinstance(entry, Entry)]
        folders = [name for name in found if isinstance(name, str)]
        return ArchiveListing(mark_duplicates(files), count_empty(folders, files))

    def _directory(self) -> bytes:
        """The bytes of the central directory; also finds by how much a prefix (a self-extractor) shifts all offsets."""
        tail_size = min(self._file.size, _END.size + _LONGEST_COMMENT)
        tail = self._file.span(self._file.size - tail_size, tail_size)
        at = _end_record(tail)
        if at is None:
            raise self._broken("there is no directory at its end")
        _, disk, first_disk, _, _, size, offset, _ = _END.unpack_from(tail, at)
        end = self._file.size - tail_size + at
        disk, first_disk, size, offset, end = self._end64(end) or (disk, first_disk, size, offset, end)
        if disk or first_disk:
            raise self._broken("it is one volume of several")
        self._shift = end - size - offset
        if self._shift < 0:
            raise self._broken("its directory lies beyond its end")
        if size > _LONGEST_DIRECTORY:
            raise SourceError(
                f"{self.path}: its directory has {size} bytes, the limit is {_LONGEST_DIRECTORY}: split it"
            )
        return self._file.span(end - size, size)

    def _end64(self, end: int) -> tuple[int, int, int, int, int] | None:
        """Disk, first disk, size, offset of the directory by the zip64 record before `end`, and that record's place."""
        if end < _END64_LOCATOR.size:
            return None
        mark, _, at, _ = _END64_LOCATOR.unpack(self._file.span(end - _END64_LOCATOR.size, _END64_LOCATOR.size))
        if mark != b"PK\6\7":
            return None
        # A prefix shifts the record too; without an extension it stands right before its locator.
        for start in (at, end - _END64_LOCATOR.size - _END64.size):
            fields = _END64.unpack(self._file.span(start, _END64.size))
            if fields[0] == b"PK\6\6":
                return fields[4], fields[5], fields[8], fields[9], start
        raise self._broken("its zip64 directory is missing")

    def _records(self, directory: bytes) -> Iterator[_Record]:
        at = count = 0
        while at < len(directory):
            fields = _CENTRAL.unpack_from(directory, at)
            if fields[0] != b"PK\1\2":
                raise self._broken(f"byte {at} of its directory is not a record")
            name_size, extra_size, comment_size = fields[10:13]
            name_at = at + _CENTRAL.size
            extra_at = name_at + name_size
            at = extra_at + extra_size + comment_size
            if at > len(directory):
                raise self._broken("its directory is cut")
            count += 1
            if count > self._limits.entries:
                raise SourceError(f"{self.path}: over {self._limits.entries} entries: --max-entries raises the limit")
            extra = _extras(directory[extra_at : extra_at + extra_size])
            yield _record(fields, directory[name_at:extra_at], extra)

    def _entry(self, record: _Record) -> Entry:
        name, fault = clean_name(_name(record).replace("\\", "/"))  # old Windows tools wrote backslashes
        fault = fault or _mode_fault(name, record) or _method_fault(name, record)
        fault = fault or size_fault(name, record.size, record.place.packed, self._limits)
        return Entry(name, record.size, record.place, fault)

    def read(self, entry: Entry) -> bytes:
        """The unpacked bytes, as many as declared, with the declared CRC-32. Raises ClipError, SourceError."""
        return whole(entry, self._packed(entry), entry.place.method == _DEFLATED, entry.place.crc)

    def file(self, entry: Entry) -> RangedFile:
        """As `Archive.file`: where it is deflated, unpacked to a temporary file."""
        return ranged(entry, self._packed(entry), entry.place.method == _DEFLATED, entry.place.crc)

    def _packed(self, entry: Entry) -> RangedFile:
        """An entry's bytes as they stand."""
        place: _Place = entry.place
        header = self._file.span(place.header + self._shift, _LOCAL.size)
        mark, *_, name_size, extra_size = _LOCAL.unpack(header)
        if mark != b"PK\3\4":
            raise ClipError("unreadable-entry", f"entry {shown(entry.name)} has no header at byte {place.header}")
        return self._file.part(place.header + self._shift + _LOCAL.size + name_size + extra_size, place.packed)

    def _broken(self, how: str) -> SourceError:
        return SourceError(f"{self.path}: not a whole zip: {how}: fetch it again")


def _end_record(tail: bytes) -> int | None:
    """Where the end record starts: the last one whose comment ends with the file (a comment may hold the signature
    too), else the last one whose comment fits (something was appended to the zip).
    """
    starts = [match.start() for match in re.finditer(b"PK\x05\x06", tail) if match.start() + _END.size <= len(tail)]
    ends = {at: at + _END.size + _END.unpack_from(tail, at)[-1] for at in starts}
    exact = [at for at in starts if ends[at] == len(tail)]
    fitting = [at for at in starts if ends[at] <= len(tail)]
    return max(exact or fitting, default=None)


def _extras(block: bytes) -> dict[int, bytes]:
    """The extra fields: id -> body; a malformed rest is left out."""
    extras: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(block):
        kind, size = struct.unpack_from("<2H", block, at)
        extras.setdefault(kind, block[at + 4 : at + 4 + size])
        at += 4 + size
    return extras


def _record(fields: tuple[Any, ...], name: bytes, extra: dict[int, bytes]) -> _Record:
    flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    made_by, attributes, header = fields[1] >> 8, fields[15], fields[16]
    wide = extra.get(_ZIP64_EXTRA, b"")
    values = iter(struct.unpack(f"<{len(wide) // 8}Q", wide[: len(wide) // 8 * 8]))
    size, packed, header = (next(values, v) if v == 0xFFFFFFFF else v for v in (size, packed, header))
    mode = attributes >> 16 if made_by != 0 else 0  # 0 is DOS, which knows no modes
    return _Record(name, flags, size, mode, extra, _Place(header, packed, method, crc))


def _name(record: _Record) -> str:
    """The entry's name: by the Unicode extra or the UTF-8 flag; else UTF-8 where it is that, else code page 437."""
    body = record.extra.get(_UNICODE_PATH_EXTRA, b"")
    if len(body) > 5 and int.from_bytes(body[1:5], "little") == zlib.crc32(record.raw_name):
        return body[5:].decode("utf-8", "surrogateescape")
    if record.flags & _UTF8:
        return record.raw_name.decode("utf-8", "surrogateescape")
    try:
        return record.raw_name.decode("utf-8")  # what Linux and macOS tools write, without saying so
    except UnicodeDecodeError:
        return record.raw_name.decode("cp437")


def _folder_name(record: _Record) -> str:
    return clean_name(_name(record).replace("\\", "/"))[0]


def _is_folder(record: _Record) -> bool:
    return record.raw_name.endswith((b"/", b"\\")) or stat.S_ISDIR(record.mode)


def _mode_fault(name: str, record: _Record) -> EntryFault | None:
    if stat.S_IFMT(record.mode) not in (0, stat.S_IFREG):
        what = f"is a link or a device (mode {record.mode:o})"
        return EntryFault("link-entry", f"entry {shown(name)} {what}: store the file itself")
    return None


def _method_fault(name: str, record: _Record) -> EntryFault | None:
    if record.flags & _ENCRYPTED:
        return EntryFault("encrypted-entry", f"entry {shown(name)} is encrypted: decrypt the archive first")
    if record.place.method not in (_STORED, _DEFLATED):
        rule = f"has compression method {record.place.method}: only stored (0) and deflated (8) are read: zip it again"
        return EntryFault("unreadable-entry", f"entry {shown(name)} {rule}")
    return None
