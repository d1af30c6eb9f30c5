"""Whether an index says what its shard holds, proven by the generation alone: no header, no body is read.

The generation is a hash over names, sizes and checksums of the members in file order, so rows that were swapped, and
keys, sizes and checksums that were changed, are told. Where members stand follows from their names and sizes, as the
format leaves no room between them. Scalars are of the json's bodies: without reading those nothing proves them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.shards.index.table import EXTENT
from faceshards.shards.tar.header import BLOCK, END, member_header_size

_PLAIN_NAME, _PLAIN_SIZE = 100, 8**11
# Rows looked at together: of more, the names of all members would not fit one Arrow array.
_ROWS = 1 << 14


def is_proven(table: pa.Table, columns: Sequence[str], generation: str, length: int) -> bool:
    """Whether the rows are those of a shard of ours of this generation, `length` bytes long: every member named, sized
    and summed as there, every member and sample placed where it stands.
    """
    digest, end = hashlib.blake2b(digest_size=16), None
    for start in range(0, table.num_rows, _ROWS):
        part = _part(table.slice(start, _ROWS), columns) if columns else None
        if part is None or (part.start < BLOCK if end is None else part.start != end):
            return False
        digest.update(part.hashed)
        end = part.end
    return digest.hexdigest() == generation and (end is None or end + len(END) == length)


@dataclass(frozen=True)
class _Part:
    """Members that follow each other: their bytes in the generation's hash, and where they begin and end."""

    hashed: memoryview
    start: int
    end: int


def _part(table: pa.Table, columns: Sequence[str]) -> _Part | None:
    """The members of some rows; None where one is absent or unsummed, or they do not follow each other, sample after
    sample, in the order of the columns.
    """
    structs = [table[name].combine_chunks() for name in columns]
    fields = [[one.field(name) for one in structs] for name in EXTENT]
    if any(one.null_count for each in fields for one in each):
        return None
    offsets, sizes, crcs = (np.stack([one.to_numpy() for one in each], axis=1) for each in fields)
    key = table["key"].combine_chunks().cast(pa.binary())
    names = [f".{column}".encode("utf-8", "surrogateescape") for column in columns]
    lengths = _lengths(key, names)
    start, stop = offsets - _header_sizes(lengths, sizes), offsets + sizes + -sizes % BLOCK
    samples = np.stack([start[:, 0], stop[:, -1] - start[:, 0]])
    told = np.stack([table[name].to_numpy() for name in ("offset", "size")])
    if (sizes < 0).any() or (start.ravel()[1:] != stop.ravel()[:-1]).any() or (samples != told).any():
        return None
    return _Part(_hashed(key, names, lengths, sizes, crcs), int(start[0, 0]), int(stop[-1, -1]))


def _lengths(key: pa.Array, names: Sequence[bytes]) -> np.ndarray:
    """Bytes of the members' names, int64 (rows, columns)."""
    return np.asarray(pc.binary_length(key)).astype(np.int64)[:, None] + np.array([len(name) for name in names])


def _hashed(
    key: pa.Array, names: Sequence[bytes], lengths: np.ndarray, sizes: np.ndarray, crcs: np.ndarray
) -> memoryview:
    """What `tar.front.generation` hashes of these members: all bytes between the keys stand in one record a row."""
    parts = [_records(lengths[:, 0].astype(">u4"))]
    for number, name in enumerate(names):
        fields = [("name", f"S{len(name)}"), ("size", ">u8"), ("crc", ">u4"), ("next", ">u4")]
        last = number + 1 == len(names)
        record = np.zeros(len(key), fields[: 3 if last else 4])
        record["name"], record["size"], record["crc"] = name, sizes[:, number], crcs[:, number]
        if not last:
            record["next"] = lengths[:, number + 1]
        parts += [key, _records(record)]
    rows = pc.binary_join_element_wise(*parts, b"")
    _, ends, body = rows.buffers()
    return memoryview(body)[: np.frombuffer(ends, np.int32)[len(rows)]]


def _records(values: np.ndarray) -> pa.Array:
    """Each value's bytes."""
    ends = np.arange(len(values) + 1, dtype=np.int32) * values.itemsize
    return pa.Array.from_buffers(pa.binary(), len(values), [None, pa.py_buffer(ends), pa.py_buffer(values)])


def _header_sizes(lengths: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Bytes of the headers of members whose names have these lengths."""
    found = np.full(sizes.shape, BLOCK)
    for at in zip(*np.nonzero((lengths > _PLAIN_NAME) | (sizes >= _PLAIN_SIZE)), strict=True):
        found[at] = member_header_size(bytes(int(lengths[at])), int(sizes[at]))
    return found
