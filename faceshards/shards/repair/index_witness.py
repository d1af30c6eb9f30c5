"""The index as a witness of a damaged shard: which samples it had, where each member stood, and its checksum.

It is heard only where it proves itself (`index.proof`): its members hash to the generation that it names, which is the
shard's.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from faceshards.shards.index.file import read_index, stamp_of
from faceshards.shards.index.index import index_path
from faceshards.shards.index.table import EXTENT
from faceshards.shards.repair.front_traces import FrontTraces
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.members import Member

_STAMP = {"format", "generation", "length", "columns", "schema"}
_UNREADABLE = (OSError, pa.ArrowException, ValueError, KeyError, TypeError, RuntimeError)

#: Key and members of each row.
WitnessedRows = list[tuple[str, dict[str, Member]]]


def index_witness(tar: Path, traces: FrontTraces, length: int) -> WitnessedRows | None:
    """The rows of the index beside a shard of `length` bytes; None where it is not of this shard or proves nothing.

    Without a front record, what can be read of its generation must do, or the length: each member is held against its
    checksum anyway.
    """
    with LocalFile(tar) as file:
        body = file.beside(index_path(tar).name)
    claimed = None if body is None else traces.front or _claimed(body)
    if claimed is None or body is None:
        return None
    if traces.front is None and claimed.length != length and claimed.generation != traces.generation:
        return None
    table = read_index(body, claimed, claimed.length, {})
    return None if table is None else _rows(table)


def _claimed(index: bytes) -> Front | None:
    """The shard of ours that an index says it is of."""
    try:
        with pq.ParquetFile(pa.BufferReader(index)) as file:
            stamp, rows = stamp_of(file.schema_arrow), file.metadata.num_rows
    except _UNREADABLE:
        return None
    return Front(stamp["generation"], stamp["length"], samples=rows) if stamp.keys() == _STAMP else None


def _rows(table: pa.Table) -> WitnessedRows:
    """The members that an index places."""
    columns: list[str] = stamp_of(table.schema)["columns"]
    extents = [[table[column].combine_chunks().field(name) for name in EXTENT] for column in columns]
    placed = [zip(*(numbers.to_pylist() for numbers in fields), strict=True) for fields in extents]
    return [
        (key, {column: Member(f"{key}.{column}", at, at, size, crc) for column, (at, size, crc) in cells})
        for key, cells in (
            (key, zip(columns, row, strict=True))
            for key, row in zip(table["key"].to_pylist(), zip(*placed, strict=True), strict=True)
        )
    ]
