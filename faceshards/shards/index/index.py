"""The index: `NAME.parquet` beside `NAME.tar`, a row a sample. A cache that is derived from the tar alone.

Columns: `key`, `offset` and `size` of the sample's extent, for each member column a struct (offset, size, crc32c,
state) named like it, and the scalars of the `json`. The schema's metadata carries the generation and length of the tar,
so that a stale index is noticed.
"""

from __future__ import annotations

import mmap
import os
from contextlib import contextmanager, suppress
from itertools import compress
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fastcrc import crc32

from faceshards.errors import DamagedShard, ShardError, StorageError
from faceshards.shards.index.file import read_index
from faceshards.shards.index.table import IndexRows, index_table
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.storage.files import File
from faceshards.shards.storage.url import Place, Url
from faceshards.shards.tar.front import Front, front_size, generation, read_front
from faceshards.shards.tar.header import BLOCK
from faceshards.shards.tar.members import MemberTable
from faceshards.shards.tar.samples import grouped
from faceshards.shards.tar.scan import TarScan

_Place = TypeVar("_Place", Path, Url, Place)

#: Names that a scalar of the json may not take in the index.
RESERVED = ("key", "offset", "size")


class Neighboured(Protocol):
    """What can write a file beside itself: an open `File`, or the `Sink` of a new shard."""

    place: Any

    def save_beside(self, name: str, body: bytes) -> None: ...


def index_path(tar: _Place) -> _Place:
    """`NAME.parquet` of `NAME.tar`."""
    return tar.with_suffix(".parquet")


def save(table: pa.Table, tar: Neighboured) -> None:
    """Writes the index beside its tar, an open or a new one, whole or not at all. Raises StorageError where that may
    not be. It carries its shard's generation: of two writers' indexes any may be the last.
    """
    tar.save_beside(index_path(tar.place).name, index_bytes(table))


def index_bytes(table: pa.Table) -> bytes:
    """The index as a Parquet file."""
    sink = pa.BufferOutputStream()
    # Of 1,000 rows, dictionaries and statistics cost more time to read than they save.
    pq.write_table(
        table, sink, compression="lz4", use_dictionary=False, write_statistics=False, write_page_checksum=True
    )
    return sink.getvalue().to_pybytes()


def open_index(file: File, front: Front | None) -> pa.Table:
    """The index of an open tar, whose front record is `front_of` it: the one beside it where it is of this version,
    else rebuilt (and saved, if allowed). Raises DamagedShard when the tar is not what its front record says.
    """
    beside = file.beside(index_path(file.place).name)
    table = None if beside is None else read_index(beside, front, file.size, file.version.mark)
    if table is not None:
        return table
    table = build(file)
    if file.takes_caches and file.is_current():
        with suppress(StorageError, OSError):  # a read-only folder: the index lives in memory
            save(table, file)
    return table


def front_of(file: File) -> Front | None:
    """Front record of an open tar (None: a foreign one). Raises DamagedShard where its length is wrong."""
    front, _ = read_front(file.start(max(BLOCK, front_size(file.start(BLOCK)))))
    if front and front.length != file.size:
        raise DamagedShard(f"{file.place}: it has {file.size} bytes, its front record says {front.length}: restore it")
    return front


def build(file: File) -> pa.Table:
    """The index of an open tar by scanning its headers and the bodies of its `json`; nothing else is read.

    Raises DamagedShard for broken headers, a json whose crc differs, or a member table that is not of the front's
    generation.
    """
    tar = str(file.place)
    front, data = front_of(file), file.data()
    members = MemberTable.joined(TarScan(data, tar).tables())
    groups = grouped(members.names)
    rows = IndexRows.of(members, groups, tar)
    facts = _facts(file, rows)
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
        # Whatever a foreign json means by `removed`: no command of ours made a tombstone there.
        return index_table(rows, facts, Front(found, file.size), (REMOVED,), **file.version.mark)
    if (found, len(members), len(rows.keys)) != (front.generation, front.members, front.samples):
        raise DamagedShard(
            f"{tar}: its members are not those of generation {front.generation}: restore it or pack again"
        )
    return index_table(rows, facts, front)


def _facts(file: File, rows: IndexRows) -> list[bytes]:
    """The body of each row's json, held against its checksum; empty where there is none."""
    if "json" not in rows.extents:
        return [b""] * len(rows.keys)
    offsets, sizes, crcs = rows.extents["json"].T
    facts = file.read_many(list(zip(np.maximum(offsets, 0).tolist(), np.maximum(sizes, 0).tolist(), strict=True)))
    for key, body, crc in zip(rows.keys, facts, crcs.tolist(), strict=True):
        if crc >= 0 and crc32.iscsi(body) != crc:
            raise DamagedShard(f"{file.place}: member {key}.json differs from its checksum: restore the shard")
    return facts


@contextmanager
def mapped(tar: Path) -> Any:
    """The bytes of a file, mapped; `b""` for an empty one."""
    with open(tar, "rb") as file:
        if not os.fstat(file.fileno()).st_size:
            raise ShardError(f"{tar}: the file is empty: it is no tar")
        with mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as data:
            yield data
