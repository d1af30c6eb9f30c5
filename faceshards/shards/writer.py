"""The shard writer: samples in, one deterministic tar and its index out, whole or not at all."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from fastcrc import crc32

from faceshards.errors import ColumnError, DamagedShard, ShardError
from faceshards.shards import index as shard_index
from faceshards.shards.atomic import AtomicFile, storage_errors, write_all
from faceshards.shards.codecs import encode_json
from faceshards.shards.columns import ordered
from faceshards.shards.extent import CHUNK, FileExtent, chunks, read_exactly
from faceshards.shards.front import Front, generation
from faceshards.shards.provenance import Made, provenance_record
from faceshards.shards.tar import BLOCK, END, member_header, member_header_size, padding

#: What a member's body may be: bytes, a span of a file (streamed, never held whole), or for `json` a dict.
Body = bytes | bytearray | memoryview | FileExtent | Mapping[str, Any]

_KEY = re.compile(r"[A-Za-z0-9_+=~-]{1,240}")
_COLUMN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*")


@dataclass(frozen=True)
class Written:
    """A finished shard."""

    path: Path
    generation: str
    samples: int
    members: int
    bytes: int


class ShardWriter:
    """Writes one shard. Use as a context manager: on an exception the final name stays untouched.

    `provenance` is what made the columns; `expected_bytes` is allocated at once. Every sample must have the columns of
    the first.
    Raises ColumnError for uneven columns, ShardError for a bad or repeated key, StorageError when the disk refuses.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        provenance: Iterable[Made] = (),
        expected_bytes: int = 0,
        durable: bool = True,
    ) -> None:
        self.path = Path(path)
        self._front = Front(provenance=provenance_record(provenance))
        self._front_body = self._front.body_size()
        self._file = AtomicFile(self.path, expected_bytes, durable=durable)
        self._columns: list[str] | None = None
        self._suffixes: list[tuple[str, bytes]] = []
        self._keys: set[str] = set()
        self._table: list[tuple[bytes, int, int]] = []
        self._index = shard_index.IndexBuilder()
        self._pending: list[bytes | bytearray | memoryview] = [bytes(BLOCK + self._front_body)]
        self._pending_bytes = self._offset = BLOCK + self._front_body
        self._buffer = memoryview(bytearray(CHUNK))

    def add(self, key: str, members: Mapping[str, Body]) -> None:
        """Appends one sample; `members` maps each column to its body and holds `json`."""
        if self._columns is None:
            self._begin(list(members))
        elif len(members) != len(self._columns) or not all(name in members for name in self._columns):
            raise ColumnError(
                f"{self.path.name}: sample {key!r} has columns {sorted(members)}, "
                f"the shard has {sorted(self._columns)}: "
                "give every sample the same columns (an empty body where one failed)"
            )
        if key in self._keys or not _KEY.fullmatch(key):
            rule = "is there already" if key in self._keys else "is not an escaped key (shards.keys.encode_key)"
            raise ShardError(f"{self.path.name}: key {key!r} {rule}")
        start, base, placed = self._offset, key.encode("ascii"), []
        facts = self._facts(members["json"])
        with storage_errors(self.path):
            for column, suffix in self._suffixes:
                body = facts if column == "json" else members[column]
                placed.append(self._member(base + suffix, body))  # type: ignore[arg-type]
        self._keys.add(key)
        self._index.add(key, start, self._offset - start, self._columns or [], placed, facts)

    def _facts(self, body: Body) -> bytes:
        if isinstance(body, Mapping):
            return encode_json(body)
        return self._small_extent(body) if isinstance(body, FileExtent) else bytes(body)

    def _begin(self, columns: list[str]) -> None:
        for column in columns:
            if not _COLUMN.fullmatch(column):
                raise ColumnError(f"column {column!r} must be ASCII letters, digits, _ and - between dots")
        if "json" not in columns:
            raise ColumnError(f"{self.path.name}: a sample needs the column 'json', got {columns}")
        self._columns = ordered(columns)
        self._suffixes = [(column, b"." + column.encode("ascii")) for column in self._columns]

    def _member(self, name: bytes, body: bytes | bytearray | memoryview | FileExtent) -> tuple[int, int, int]:
        """Places one member; returns offset, size and crc32c of its body."""
        if isinstance(body, FileExtent):
            if body.size > CHUNK:
                return self._stream(name, body)
            body = self._small_extent(body)
        size = len(body)
        crc = crc32.iscsi(body)
        header = member_header(name, size, crc)
        pad = padding(size)
        self._pending += (header, body, bytes(pad)) if pad else (header, body)
        offset = self._offset + len(header)
        total = len(header) + size + pad
        self._offset += total
        self._pending_bytes += total
        if self._pending_bytes >= CHUNK:
            self._flush()
        self._table.append((name, size, crc))
        return offset, size, crc

    def _small_extent(self, extent: FileExtent) -> bytes:
        body = bytearray(extent.size)
        fd = os.open(extent.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            read_exactly(fd, memoryview(body), extent.offset)
        finally:
            os.close(fd)
        _check(extent, crc32.iscsi(body))
        return bytes(body)

    def _stream(self, name: bytes, extent: FileExtent) -> tuple[int, int, int]:
        """Copies a large extent through one buffer; its header is written last, when the crc is known."""
        self._flush()
        offset = self._offset + member_header_size(name, extent.size)
        position, crc = offset, 0
        fd = os.open(extent.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            for piece in chunks(fd, extent.offset, extent.size, self._buffer):
                crc = crc32.iscsi(piece, crc)
                write_all(self._file.fd, piece, position)
                position += len(piece)
        finally:
            os.close(fd)
        _check(extent, crc)
        write_all(self._file.fd, memoryview(member_header(name, extent.size, crc)), self._offset)
        write_all(self._file.fd, memoryview(bytes(padding(extent.size))), position)
        self._offset = position + padding(extent.size)
        self._table.append((name, extent.size, crc))
        return offset, extent.size, crc

    def _flush(self) -> None:
        if self._pending:
            body = b"".join(self._pending)
            write_all(self._file.fd, memoryview(body), self._offset - self._pending_bytes)
            self._pending, self._pending_bytes = [], 0

    def close(self, verify: Callable[[Path], None] | None = None) -> Written:
        """Ends the tar, patches the front record, lets `verify` see the temporary file, renames, indexes."""
        self._pending.append(END)
        self._pending_bytes += len(END)
        self._offset += len(END)
        front = Front(generation(self._table), self._offset, len(self._table), len(self._keys), self._front.provenance)
        with storage_errors(self.path):
            self._flush()
            write_all(self._file.fd, memoryview(front.pack(self._front_body)), 0)
            os.ftruncate(self._file.fd, self._offset)
        if verify is not None:
            verify(self._file.temporary)
        self._file.commit()
        shard_index.save(self._index.table(front), self.path)
        return Written(self.path, front.generation, front.samples, front.members, front.length)

    def __enter__(self) -> ShardWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._file.fd >= 0:
            self.close()
        self._file.discard()


def _check(extent: FileExtent, crc: int) -> None:
    if extent.crc32c is not None and crc != extent.crc32c:
        raise DamagedShard(
            f"{extent.path}: {extent.size} bytes at {extent.offset} have crc32c {crc:08x}, "
            f"their header says {extent.crc32c:08x}: restore the shard"
        )
