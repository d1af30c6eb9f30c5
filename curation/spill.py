"""Spills: what workers have finished of a shard that is not finished, clip after clip.

Each worker appends to a file of its own, `spill.RUN.WORKER`, where RUN counts the runs on the shard. A record:

    head      8 bytes `fs-clip1`, row, sizes of header and bodies (3 x uint64), crc32c of the header (uint32), all
              little-endian
    header    JSON: the clip's new facts, what the work cost, the provenance of its new columns, and of each column size
              and crc32c
    bodies    the columns, by name

A worker that is killed leaves half a record at the end, which is no record; nobody appends to another's file. Nothing
is synced: after a power cut a file counts up to its first record that differs from its checksums (`mend`).
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from fastcrc import crc32

from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.extent import CHUNK, FileExtent, chunks

_MAGIC = b"fs-clip1"
_HEAD = struct.Struct("<8sQQQI")
_PREFIX = "spill."


@dataclass(frozen=True)
class Finished:
    """A finished clip: its new json, where its new columns stand, what made them, and what the work cost.

    `run` is {"seconds": {stage: s}, "counts": {"frames_decoded": n, ...}, "traces": {stage: traceback}}.
    """

    facts: dict[str, Any]
    columns: dict[str, FileExtent] = field(default_factory=dict)
    provenance: dict[str, Provenance] = field(default_factory=dict)
    run: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Record:
    """Where a record stands."""

    row: int
    path: Path
    header: int
    header_size: int
    bodies_size: int
    crc32c: int

    @property
    def end(self) -> int:
        return self.header + self.header_size + self.bodies_size


class Spill:
    """The file of the worker `by`, made with its first record; run `run` of the shard."""

    def __init__(self, folder: Path, run: int, by: str) -> None:
        self.path = folder / f"{_PREFIX}{run:06d}.{by}"
        self._buffer = memoryview(bytearray(CHUNK))
        self._fd: int | None = None

    def __del__(self) -> None:
        if self._fd is not None:
            os.close(self._fd)

    def add(self, row: int, done: Finished, bodies: Mapping[str, bytes | FileExtent]) -> None:
        """Appends a finished clip with its new columns. Raises StorageError; the file is then as it was."""
        bodies = dict(sorted(bodies.items()))  # as the header has them
        columns = {name: [_size(body), self._checksum(body)] for name, body in bodies.items()}
        header = encode_json(
            {
                "facts": done.facts,
                "run": done.run,
                "provenance": [made.record() for made in done.provenance.values()],
                "columns": columns,
            }
        )
        total = sum(size for size, _ in columns.values())
        head = _HEAD.pack(_MAGIC, row, len(header), total, crc32.iscsi(header))
        with storage_errors(self.path):
            if self._fd is None:
                self._fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
            before = os.fstat(self._fd).st_size
            try:
                _write(self._fd, head + header)
                for body in bodies.values():
                    for piece in self._pieces(body):
                        _write(self._fd, piece)
            except BaseException:
                os.truncate(self._fd, before)
                raise

    def _checksum(self, body: bytes | FileExtent) -> int:
        crc = 0
        for piece in self._pieces(body):
            crc = crc32.iscsi(piece, crc)
        return crc

    def _pieces(self, body: bytes | FileExtent) -> Iterator[bytes | memoryview]:
        return body.pieces(self._buffer) if isinstance(body, FileExtent) else iter([body] if body else [])


class Spills:
    """All spills of a folder: of each row what is finished, whoever did it; later runs add to earlier ones."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, int] = {}
        self._records: dict[int, list[_Record]] = {}
        self.refresh()

    def refresh(self) -> None:
        """Finds the records that were written since."""
        for path in sorted(self._folder.glob(f"{_PREFIX}*")):
            for record in _records(path, self._read.get(path, 0)):
                self._read[path] = record.end
                self._records.setdefault(record.row, []).append(record)

    @property
    def rows(self) -> list[int]:
        """The rows of which something is finished."""
        return sorted(self._records)

    def finished(self, row: int) -> Finished | None:
        """What is finished of a row, None where nothing is."""
        facts, run = None, {}
        columns: dict[str, FileExtent] = {}
        provenance: dict[str, Provenance] = {}
        for record in sorted(self._records.get(row, ()), key=lambda one: one.path.name):
            header = _header(record)
            facts, run = header["facts"], header["run"]
            columns |= _extents(record, header)
            provenance |= {made.fingerprint: made for made in map(_provenance, header["provenance"])}
        return None if facts is None else Finished(facts, columns, provenance, run)


def mend(folder: Path) -> None:
    """Cuts off what a power cut spoiled: each file ends behind its last record that is whole and holds its checksums,
    as all those before it do. The caller knows that no worker is at work.
    """
    buffer = memoryview(bytearray(CHUNK))
    for path in folder.glob(f"{_PREFIX}*"):
        end = 0
        for record in _records(path, 0):
            if not _holds(record, buffer):
                break
            end = record.end
        if end < path.stat().st_size:
            os.truncate(path, end)


def _records(path: Path, start: int) -> Iterator[_Record]:
    """The whole records of a file from an offset on."""
    with storage_errors(path), open(path, "rb") as file:
        length = os.fstat(file.fileno()).st_size
        while start + _HEAD.size <= length:
            magic, row, header, bodies, crc = _HEAD.unpack(os.pread(file.fileno(), _HEAD.size, start))
            record = _Record(row, path, start + _HEAD.size, header, bodies, crc)
            if magic != _MAGIC or record.end > length:
                return
            yield record
            start = record.end


def _header(record: _Record) -> dict[str, Any]:
    with storage_errors(record.path), open(record.path, "rb") as file:
        return json.loads(os.pread(file.fileno(), record.header_size, record.header))


def _holds(record: _Record, buffer: memoryview) -> bool:
    """Whether header and bodies hold their checksums."""
    with open(record.path, "rb") as file:
        body = os.pread(file.fileno(), record.header_size, record.header)
        if crc32.iscsi(body) != record.crc32c:
            return False
        for extent in _extents(record, json.loads(body)).values():
            crc = 0
            for piece in chunks(file.fileno(), extent.offset, extent.size, buffer):
                crc = crc32.iscsi(piece, crc)
            if crc != extent.crc32c:
                return False
    return True


def _extents(record: _Record, header: Mapping[str, Any]) -> dict[str, FileExtent]:
    columns, offset = {}, record.header + record.header_size
    for name, (size, crc) in header["columns"].items():
        columns[name] = FileExtent(record.path, offset, size, crc)
        offset += size
    return columns


def _provenance(record: dict[str, Any]) -> Provenance:
    """The same few come with every clip."""
    return _known_provenance(json.dumps(record))


@lru_cache(maxsize=256)
def _known_provenance(text: str) -> Provenance:
    return Provenance.of(json.loads(text))


def _size(body: bytes | FileExtent) -> int:
    return body.size if isinstance(body, FileExtent) else len(body)


def _write(fd: int, body: bytes | memoryview) -> None:
    view = memoryview(body)
    while view:
        view = view[os.write(fd, view) :]
