"""The index: `NAME.parquet` beside `NAME.tar`, a row a sample. A cache that is derived from the tar alone.

Columns: `key`, `offset` and `size` of the sample's extent, for each member column a struct (offset, size, crc32c)
named like it, and the
scalars of the `json`. The schema's metadata carries the generation and length of the tar, so that a stale index is
noticed.
"""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager, suppress
from itertools import compress
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fastcrc import crc32

from faceshards.errors import DamagedShard, ShardError, StorageError
from faceshards.shards.atomic import write_atomic
from faceshards.shards.front import Front, front_size, generation, read_front
from faceshards.shards.index_file import read_index
from faceshards.shards.index_table import Rows, index_table
from faceshards.shards.members import Members
from faceshards.shards.scan import TarScan, grouped

#: Names that a scalar of the json may not take in the index.
RESERVED = ("key", "offset", "size")


def index_path(tar: Path) -> Path:
    """`NAME.parquet` of `NAME.tar`."""
    return tar.with_suffix(".parquet")


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
    table = read_index(index_path(tar), front, length, mtime)
    if table is not None:
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
    with mapped(tar) as data:
        members = Members.joined(TarScan(data, str(tar)).tables())
        groups = grouped(members.names)
        rows = Rows.of(members, groups, str(tar))
        facts = _facts(data, rows, tar)
    mine = groups.sample >= 0
    found = generation(
        zip(
            compress(members.names, mine),
            members.sizes[mine].tolist(),
            np.maximum(members.crcs[mine], 0).tolist(),
            strict=True,
        )
    )
    if front is None:
        return index_table(rows, facts, Front(found, length), mtime_ns=mtime)
    if (found, len(members), len(rows.keys)) != (front.generation, front.members, front.samples):
        raise DamagedShard(
            f"{tar}: its members are not those of generation {front.generation}: restore it or pack again"
        )
    return index_table(rows, facts, front)


def _facts(data: mmap.mmap | bytes, rows: Rows, tar: Path) -> list[bytes]:
    """The body of each row's json, held against its checksum; empty where there is none."""
    if "json" not in rows.extents:
        return [b""] * len(rows.keys)
    facts = []
    for key, (offset, size, crc) in zip(rows.keys, rows.extents["json"].tolist(), strict=True):
        body = bytes(data[offset : offset + size]) if offset >= 0 else b""
        if crc >= 0 and crc32.iscsi(body) != crc:
            raise DamagedShard(f"{tar}: member {key}.json differs from its checksum: restore the shard")
        facts.append(body)
    return facts


@contextmanager
def mapped(tar: Path) -> Any:
    """The bytes of a file, mapped; `b""` for an empty one."""
    with open(tar, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise ShardError(f"{tar}: the file is empty: it is no tar")
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            yield data
