"""The merged index as a file: pieces of columns behind one another, each with a checksum, then what they are.

    piece, piece, ...    some rows of a column: an Arrow message of a batch of that column, at a multiple of 64 bytes
    head                 JSON: byte order, schema, shards, and of each group of rows its number and its pieces
    tail                 size and crc32c of the head, `MAGIC`

The file is mapped. Arrow is given nothing whose checksum does not hold: the head when the file is opened, a piece when
its column is first asked for. So opening costs the same whatever the file holds, and no flipped bit reaches a parser.
"""

from __future__ import annotations

import json
import mmap
import os
import struct
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from fastcrc import crc32

#: The last bytes of the file; they change with its form.
MAGIC = b"FSMERGE3"
_TAIL = struct.Struct("<QI8s")
_ALIGNED = 64
_UNREADABLE = (OSError, EOFError, pa.ArrowException, ValueError, KeyError, TypeError, OverflowError, RuntimeError)


class UntrueMergedIndex(Exception):
    """A piece of the file is not what was written."""


@dataclass(frozen=True)
class MergedShard:
    """A shard that rows come from: its path below the folder, bytes, times in ns (of its content, and of any change of
    the file, which no copy keeps), generation, rows.
    """

    name: str
    size: int
    mtime_ns: int
    ctime_ns: int
    generation: str = ""
    rows: int = 0

    @property
    def version(self) -> tuple[str, int, int, int]:
        """What tells, without a look into the shard, whether the rows are still its own."""
        return self.name, self.size, self.mtime_ns, self.ctime_ns


@dataclass(frozen=True)
class MemoryRows:
    """The rows of some shards, in memory."""

    sources: tuple[MergedShard, ...]
    table: pa.Table

    @property
    def schema(self) -> pa.Schema:
        """Of all columns."""
        return self.table.schema

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some of the columns."""
        return self.table.select(list(names))

    def forget(self) -> None:
        """They stay."""


class MergedFile:
    """The rows of some shards, mapped: `sources` in the order of their rows, `schema` of all columns."""

    def __init__(self, pages: mmap.mmap, head: dict[str, Any]) -> None:
        self._pages, self._buffer = pages, pa.py_buffer(pages)
        self.sources = tuple(MergedShard(*one) for one in head["shards"])
        self.schema: pa.Schema = pa.ipc.read_schema(pa.py_buffer(b64decode(head["schema"])))
        self._groups: list[dict[str, Any]] = head["groups"]
        self._checked: dict[str, pa.ChunkedArray] = {}

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some of the columns, held against their checksums once. Raises UntrueMergedIndex."""
        if self._pages.size() < len(self._pages):  # touching what is cut off would kill the process
            raise UntrueMergedIndex("it was cut")
        for name in names:
            if name not in self._checked:
                number = self.schema.get_field_index(name)
                pieces = [self._piece(group, number) for group in self._groups]
                self._checked[name] = pa.chunked_array(pieces, self.schema.field(number).type)
        fields = [self.schema.field(name) for name in names]
        return pa.Table.from_arrays([self._checked[name] for name in names], schema=pa.schema(fields))

    def _piece(self, group: dict[str, Any], number: int) -> pa.Array:
        offset, size, crc = group["pieces"][number]
        body = self._buffer.slice(offset, size)
        if crc32.iscsi(memoryview(body)) != crc:
            raise UntrueMergedIndex(f"piece at byte {offset}")
        try:
            array = pa.ipc.read_record_batch(body, pa.schema([self.schema.field(number)])).column(0)
            # A sum proves what was written, not who wrote it: text that ends elsewhere would be read from there.
            array.validate(full=pa.types.is_string(array.type))
        except _UNREADABLE as error:
            raise UntrueMergedIndex(f"piece at byte {offset}") from error
        if len(array) != group["rows"]:
            raise UntrueMergedIndex(f"piece at byte {offset}")
        return array

    def forget(self) -> None:
        """Gives back the memory of the pages that were touched; they are read again when they are touched again."""
        self._pages.madvise(mmap.MADV_DONTNEED)


#: Where the rows of some shards are.
MergedRows = MergedFile | MemoryRows


def starts_of(sources: Sequence[MergedShard]) -> np.ndarray:
    """The first row of each shard, and the number of rows: int64 (shards + 1,)."""
    return np.array([0, *accumulate(source.rows for source in sources)], np.int64)


def open_merged(path: Path) -> MergedFile | None:
    """The merged index in a file; None where there is none, or it is not of this version and this kind of machine."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would wait for its writer
        try:
            pages = mmap.mmap(fd, 0, access=mmap.ACCESS_READ)
        finally:
            os.close(fd)
        size, crc, magic = _TAIL.unpack(pages[-_TAIL.size :])
        start = len(pages) - _TAIL.size - size
        body = pages[max(0, start) : max(0, start) + size]
        if magic != MAGIC or start < 0 or crc32.iscsi(body) != crc:
            return None
        head = json.loads(body)
        if head["order"] != sys.byteorder or _rows(head["shards"]) != sum(one["rows"] for one in head["groups"]):
            return None
        return MergedFile(pages, head)
    except (*_UNREADABLE, struct.error):
        return None


def _rows(shards: list[list[Any]]) -> int:
    return sum(MergedShard(*one).rows for one in shards)


def write_merged(out: BinaryIO, schema: pa.Schema, groups: Iterable[tuple[Sequence[MergedShard], pa.Table]]) -> None:
    """Writes the rows of shards, all of one `schema`, group after group, so that few are in memory."""
    shards: list[tuple[Any, ...]] = []
    written = []
    for sources, rows in groups:
        shards += [astuple(source) for source in sources]
        written += [_write_batch(out, batch) for batch in rows.combine_chunks().to_batches()]
    head = {
        "order": sys.byteorder,
        "schema": b64encode(schema.serialize()).decode(),
        "shards": shards,
        "groups": written,
    }
    body = json.dumps(head).encode()
    out.write(body + _TAIL.pack(len(body), crc32.iscsi(body), MAGIC))


def _write_batch(out: BinaryIO, batch: pa.RecordBatch) -> dict[str, Any]:
    pieces = []
    for field, array in zip(batch.schema, batch.columns, strict=True):
        body = memoryview(pa.record_batch([array], pa.schema([field])).serialize())
        pieces.append((out.tell(), len(body), crc32.iscsi(body)))
        out.write(body)
        out.write(bytes(-len(body) % _ALIGNED))
    return {"rows": batch.num_rows, "pieces": pieces}
