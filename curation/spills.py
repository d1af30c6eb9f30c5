"""What spills hold: of each row what is finished, wherever they lie. See spill.py for their form."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import lru_cache, reduce
from pathlib import Path
from typing import Any, Protocol

from fastcrc import crc32

from faceshards.curation.spill import HEAD, MAGIC, PREFIX, Finished
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.extent import CHUNK, Extent, FileExtent

# Spills of a store that are read at a time.
_AT_ONCE = 16


class SpillFile(Protocol):
    """A spill that is read: a file of this machine or an object of a store."""

    @property
    def name(self) -> str: ...

    @property
    def size(self) -> int:
        """Bytes that there are now."""

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size)."""

    def extent(self, offset: int, size: int, crc32c: int) -> Extent:
        """A body."""


@dataclass(frozen=True)
class LocalSpill:
    """A spill on this machine's disk."""

    path: Path

    @property
    def name(self) -> str:
        """Its file's name."""
        return self.path.name

    @property
    def size(self) -> int:
        """Bytes that there are now: of an open file, for only then NFS asks its server."""
        with storage_errors(self.path), open(self.path, "rb") as file:
            return os.fstat(file.fileno()).st_size

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size), or fewer at the end."""
        with storage_errors(self.path), open(self.path, "rb") as file:
            return os.pread(file.fileno(), size, offset)

    def extent(self, offset: int, size: int, crc32c: int) -> FileExtent:
        """A body."""
        return FileExtent(self.path, offset, size, crc32c)


@dataclass(frozen=True)
class _Record:
    """Where a record stands."""

    row: int
    file: SpillFile
    header: int
    header_size: int
    bodies_size: int
    crc32c: int

    @property
    def end(self) -> int:
        return self.header + self.header_size + self.bodies_size


class Spills:
    """All spills of a folder, and those that are `away` in a store: of each row what is finished, whoever did it; later
    runs add to earlier ones.
    """

    def __init__(self, folder: Path, away: Sequence[SpillFile] = ()) -> None:
        self._folder, self._away = folder, away
        self._read: dict[str, int] = {}
        self._records: dict[int, list[_Record]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Finds the records that were written since."""
        here = local_spills(self._folder)
        there = {one.name for one in here}
        for file in here:
            self._add(_records(file, self._read.get(file.name, 0)))
        away = [one for one in self._away if one.name not in there]
        with ThreadPoolExecutor(_AT_ONCE) if away else nullcontext() as pool:
            for found in pool.map(lambda one: list(_records(one, self._read.get(one.name, 0))), away) if pool else ():
                self._add(found)

    def _add(self, records: Iterable[_Record]) -> None:
        for record in records:
            self._read[record.file.name] = record.end
            self._records.setdefault(record.row, []).append(record)

    @property
    def rows(self) -> list[int]:
        """The rows of which something is finished."""
        return sorted(self._records)

    def finished(self, row: int) -> Finished | None:
        """What is finished of a row, None where nothing is."""
        facts, run = None, {}
        columns: dict[str, Extent] = {}
        provenance: dict[str, Provenance] = {}
        for record in sorted(self._records.get(row, ()), key=lambda one: one.file.name):
            header = json.loads(record.file.read(record.header, record.header_size))
            facts, run = header["facts"], header["run"]
            columns |= _extents(record, header)
            provenance |= {made.fingerprint: made for made in map(_provenance, header["provenance"])}
        return None if facts is None else Finished(facts, columns, provenance, run)


def local_spills(folder: Path) -> list[LocalSpill]:
    """The spills in a folder of this machine."""
    return [LocalSpill(path) for path in sorted(folder.glob(f"{PREFIX}*"))]


def mend(folder: Path) -> None:
    """Cuts off what a power cut spoiled: each file ends behind its last record that is whole and holds its checksums,
    as all those before it do. The caller knows that no worker is at work.
    """
    buffer = memoryview(bytearray(CHUNK))
    for file in local_spills(folder):
        end = 0
        for record in _records(file, 0):
            if not _holds(record, buffer):
                break
            end = record.end
        if end < file.size:
            os.truncate(file.path, end)


def _records(file: SpillFile, start: int) -> Iterator[_Record]:
    """The whole records of a file from an offset on."""
    length = file.size
    while start + HEAD.size <= length:
        magic, row, header, bodies, crc = HEAD.unpack(file.read(start, HEAD.size))
        record = _Record(row, file, start + HEAD.size, header, bodies, crc)
        if magic != MAGIC or record.end > length:
            return
        yield record
        start = record.end


def _holds(record: _Record, buffer: memoryview) -> bool:
    """Whether header and bodies hold their checksums."""
    header = record.file.read(record.header, record.header_size)
    if crc32.iscsi(header) != record.crc32c:
        return False
    for extent in _extents(record, json.loads(header)).values():
        if reduce(lambda crc, piece: crc32.iscsi(piece, crc), extent.pieces(buffer), 0) != extent.crc32c:
            return False
    return True


def _extents(record: _Record, header: Mapping[str, Any]) -> dict[str, Extent]:
    columns, offset = {}, record.header + record.header_size
    for name, (size, crc) in header["columns"].items():
        columns[name] = record.file.extent(offset, size, crc)
        offset += size
    return columns


def _provenance(record: dict[str, Any]) -> Provenance:
    """The same few come with every clip."""
    return _known_provenance(json.dumps(record))


@lru_cache(maxsize=256)
def _known_provenance(text: str) -> Provenance:
    return Provenance.of(json.loads(text))
