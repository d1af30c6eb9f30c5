"""The index: `NAME.parquet` beside `NAME.tar`, a row a sample. A cache that is derived from the tar alone.

Columns: `key`, `offset` and `size` of the sample's extent, for each member column a struct (offset, size, crc32c)
named like it, and the
scalars of the `json`. The schema's metadata carries the generation and length of the tar, so that a stale index is
noticed.
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from fastcrc import crc32

from faceshards.errors import DamagedShard, ShardError, StorageError
from faceshards.shards.atomic import write_atomic
from faceshards.shards.codecs import decode_json
from faceshards.shards.columns import ordered
from faceshards.shards.front import Front, front_size, generation, read_front
from faceshards.shards.scalars import scalar_columns
from faceshards.shards.scan import Member, TarScan, samples

_META = b"faceshards"
_EXTENT = ["offset", "size", "crc32c"]
#: Names that a scalar of the json may not take in the index.
RESERVED = ("key", "offset", "size")


def index_path(tar: Path) -> Path:
    """`NAME.parquet` of `NAME.tar`."""
    return tar.with_suffix(".parquet")


class IndexBuilder:
    """Collects the rows of an index, column by column."""

    def __init__(self) -> None:
        self._keys: list[str] = []
        self._offsets: list[int] = []
        self._sizes: list[int] = []
        self._extents: dict[str, tuple[list[int | None], list[int | None], list[int | None]]] = {}
        self._facts: list[Mapping[str, Any]] = []
        self._recent: Sequence[str] = ()

    def add(
        self,
        key: str,
        offset: int,
        size: int,
        columns: Sequence[str],
        placed: Sequence[tuple[int, int, int | None]],
        facts: bytes,
    ) -> None:
        """One row: the sample's extent, each column's (offset, size, crc32c), and the body of its json."""
        count = len(self._keys)
        for column, (start, length, crc) in zip(columns, placed, strict=True):
            lists = self._extents.get(column)
            if lists is None:
                lists = self._extents[column] = ([None] * count, [None] * count, [None] * count)
            lists[0].append(start)
            lists[1].append(length)
            lists[2].append(crc)
        self._keys.append(key)
        self._offsets.append(offset)
        self._sizes.append(size)
        self._facts.append(_flat(facts))
        if columns != self._recent:
            self._fill(count + 1)
            self._recent = columns

    def _fill(self, count: int) -> None:
        """Nulls for the columns that the last rows lacked."""
        for lists in self._extents.values():
            for values in lists:
                values.extend([None] * (count - len(values)))

    def table(self, front: Front, **identity: Any) -> pa.Table:
        """The finished index of the shard that `front` describes; `identity` is added to its metadata."""
        self._fill(len(self._keys))
        columns: dict[str, pa.Array] = {
            "key": pa.array(self._keys, pa.string()),
            "offset": pa.array(self._offsets, pa.int64()),
            "size": pa.array(self._sizes, pa.int64()),
        }
        names = ordered(list(self._extents))
        for name in names:
            offsets, sizes, crcs = self._extents[name]
            arrays = [pa.array(offsets, pa.int64()), pa.array(sizes, pa.int64()), pa.array(crcs, pa.uint32())]
            columns[name] = pa.StructArray.from_arrays(arrays, _EXTENT)
        for name, array in scalar_columns(self._facts).items():
            if name not in columns:
                columns[name] = array
        facts = {
            "format": 1,
            "generation": front.generation,
            "length": front.length,
            "columns": names,
            **identity,
        }
        return pa.table(columns).replace_schema_metadata({_META: json.dumps(facts, sort_keys=True).encode()})


def _flat(body: bytes) -> Mapping[str, Any]:
    """The json's object; a body that is none has no scalars."""
    try:
        value = decode_json(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def facts_of(table: pa.Table) -> dict[str, Any]:
    """What the index says of its shard: format, generation, length, columns."""
    return json.loads((table.schema.metadata or {}).get(_META, b"{}"))


def save(table: pa.Table, tar: Path) -> None:
    """Writes the index beside its tar, whole or not at all."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd")
    write_atomic(index_path(tar), sink.getvalue().to_pybytes())


def open_index(tar: Path) -> pa.Table:
    """The index of a tar: the one beside it where it is of this generation, else rebuilt (and saved, if allowed).

    Raises DamagedShard when the tar is not what its front record says.
    """
    front, length, mtime = identify(tar)
    with suppress(OSError, pa.ArrowInvalid, ValueError):
        table = pq.read_table(index_path(tar), memory_map=False)
        facts = facts_of(table)
        current = facts.get("generation") == front.generation if front else facts.get("mtime_ns") == mtime
        if facts.get("format") == 1 and current and facts.get("length") == length:
            return table
    table = build(tar)
    with suppress(StorageError, OSError):  # a read-only folder: the index lives in memory
        save(table, tar)
    return table


def identify(tar: Path) -> tuple[Front | None, int, int]:
    """Front record (None: a foreign tar), length in bytes, mtime in ns. Raises DamagedShard where the length is off."""
    with open(tar, "rb") as file:
        status = os.fstat(file.fileno())
        start = file.read(512)
        front, _ = read_front(start + file.read(max(0, front_size(start) - 512)))
    if front and front.length != status.st_size:
        raise DamagedShard(
            f"{tar}: the file has {status.st_size} bytes, its front record says {front.length}: restore it"
        )
    return front, status.st_size, status.st_mtime_ns


def build(tar: Path) -> pa.Table:
    """The index of a tar by scanning its headers and the bodies of its `json`; nothing else is read.

    Raises DamagedShard for broken headers, a json whose crc differs, or a member table that is not of the front's
    generation.
    """
    front, length, mtime = identify(tar)
    builder = IndexBuilder()
    rows: list[tuple[bytes, int, int]] = []
    with mapped(tar) as data:
        scan = TarScan(data, str(tar))
        for sample in samples(scan):
            members = sample.members
            builder.add(
                sample.key,
                min(member.start for member in members.values()),
                max(member.end for member in members.values()) - min(member.start for member in members.values()),
                list(members),
                [(member.offset, member.size, member.crc32c) for member in members.values()],
                _checked(data, members["json"], tar) if "json" in members else b"",
            )
            rows += [(_raw(member.name), member.size, member.crc32c or 0) for member in members.values()]
    if front is None:
        return builder.table(Front(generation(rows), length), mtime_ns=mtime)
    if generation(rows) != front.generation:
        raise DamagedShard(
            f"{tar}: its members are not those of generation {front.generation}: restore it or pack again"
        )
    return builder.table(front)


def _raw(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _checked(data: mmap.mmap | bytes, member: Member, tar: Path) -> bytes:
    body = bytes(data[member.offset : member.offset + member.size])
    if member.crc32c is not None and crc32.iscsi(body) != member.crc32c:
        raise DamagedShard(f"{tar}: member {member.name} differs from its checksum: restore the shard")
    return body


@contextmanager
def mapped(tar: Path) -> Any:
    """The bytes of a file, mapped; `b""` for an empty one."""
    with open(tar, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise ShardError(f"{tar}: the file is empty: it is no tar")
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            yield data
