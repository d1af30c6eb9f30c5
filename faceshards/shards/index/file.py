"""The index file beside a tar, believed only where it is of this tar, is built like an index, and proves itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from faceshards.shards.index.bounds import is_bounded
from faceshards.shards.index.proof import is_proven
from faceshards.shards.index.table import EXTENT, MEMBER, META, schema_crc
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.header import BLOCK

_KEY = {"key": pa.string(), "offset": pa.int64(), "size": pa.int64()}
# Arrow raises bare RuntimeErrors, too, of which RecursionError is one.
_UNREADABLE = (OSError, pa.ArrowException, ValueError, KeyError, TypeError, RuntimeError)


def read_index(body: bytes, front: Front | None, length: int, mark: Mapping[str, Any]) -> pa.Table | None:
    """The index in the bytes of its file; None where it does not read, or is not that of the tar.

    `front` is the tar's, whose generation proves the rows (None: a foreign tar, told by its `mark`, whose members must
    lie within it); `length` its bytes. The footer is looked at first: what would take more memory than a tar of this
    length allows is not read at all.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(body), pre_buffer=False, page_checksum_verification=True) as file:
            schema, rows = file.schema_arrow, file.metadata.num_rows
            stamp = stamp_of(schema)
            current = stamp["generation"] == front.generation if front else mark.items() <= stamp.items()
            sized = rows * BLOCK <= length and (front is None or rows == front.samples)
            whole = stamp["format"] == 1 and stamp["length"] == length and _is_built(schema, stamp)
            if not (current and sized and whole and is_bounded(file, length)):
                return None
            table = file.read(use_threads=False)  # who opens many shards has threads of its own
    except _UNREADABLE:
        return None
    same = table.schema.equals(schema, check_metadata=True)  # the footer holds both, and a bit of one may be off
    if not same or any(table[name].null_count for name in _KEY):
        return None
    if front is None:
        return table if _is_within(table, stamp["columns"], length) else None
    return table if is_proven(table, stamp["columns"], front.generation, length) else None


def stamp_of(schema: pa.Schema) -> dict[str, Any]:
    """What the index says that it is of: format, generation, length, columns."""
    return json.loads((schema.metadata or {}).get(META, b"{}"))


def _is_built(schema: pa.Schema, stamp: dict[str, Any]) -> bool:
    """Names and types are those of an index: no name twice, keys and places of samples, an extent a column."""
    types = dict(zip(schema.names, schema.types, strict=True))
    placed = all(types.get(name) == kind for name, kind in _KEY.items()) and stamp["schema"] == schema_crc(schema)
    return placed and len(types) == len(schema) and all(types[name] == MEMBER for name in stamp["columns"])


def _is_within(table: pa.Table, columns: Sequence[str], length: int) -> bool:
    """Whether every member that is there lies in a tar of `length` bytes."""
    for name in columns:
        offset, size = (pc.fill_null(pc.struct_field(table[name], field), 0).to_numpy() for field in EXTENT[:2])
        if (np.minimum(offset, size) < 0).any() or (offset > length - np.minimum(size, length + 1)).any():
            return False
    return True
