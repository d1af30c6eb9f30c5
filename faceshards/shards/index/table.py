"""The table of an index, from what a writer placed or a scan found: numbers in arrays, never an object a row."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from sys import intern
from typing import Any

import numpy as np
import pyarrow as pa
from fastcrc import crc32

from faceshards.errors import UnsafeData
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.schema.columns import ordered
from faceshards.shards.schema.scalars import NESTED, scalar_columns, unicode_array
from faceshards.shards.schema.states import state_numbers
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.members import MemberTable
from faceshards.shards.tar.samples import Grouping

#: The key of the schema's metadata under which the index says what it is of.
META = b"faceshards"
#: Where a member's body stands.
EXTENT = ("offset", "size", "crc32c")
#: The type of a member column: that, and the state of the column in the sample (`schema.states`).
MEMBER = pa.struct([("offset", pa.int64()), ("size", pa.int64()), ("crc32c", pa.uint32()), ("state", pa.uint8())])
_ABSENT = -1
# Nested values that nothing here is told by.
_UNREAD = NESTED - {"failures", "states"}
# Most cells (samples x columns) of an index: some in any case, and so many for each member.
_FEW_CELLS, _MOST_EMPTY = 1_000_000, 64


@dataclass(frozen=True)
class IndexRows:
    """The rows of an index: keys; `spans` int64 (rows, 2), offset and size of each sample with its headers; for each
    column `extents` int64 (rows, 3), offset, size and crc32c of its body, -1 where there is none.
    """

    keys: Sequence[str]
    spans: np.ndarray
    extents: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, members: MemberTable, groups: Grouping, tar: str) -> IndexRows:
        """The rows of members that were scanned. Raises UnsafeData where nearly every sample lacks nearly every
        column: such a table would be far larger than its tar.
        """
        cells = len(groups.keys) * len(groups.columns)
        if cells > max(_FEW_CELLS, _MOST_EMPTY * len(members)):
            raise UnsafeData(
                f"{tar}: {len(groups.columns)} columns in {len(groups.keys)} samples, most of them absent from most: "
                "name the members KEY.COLUMN"
            )
        mine = groups.sample >= 0
        sample, first = groups.sample[mine], np.diff(groups.sample[mine], prepend=-1) > 0
        last = np.append(first[1:], True)[: len(first)]
        spans = np.stack([members.starts[mine][first], members.ends[mine][last]], axis=1)
        spans[:, 1] -= spans[:, 0]
        numbers = np.stack([members.offsets, members.sizes, members.crcs], axis=1)[mine]
        extents = {}
        for number, name in enumerate(groups.columns):
            here = groups.column[mine] == number
            extents[name] = np.full((len(groups.keys), len(EXTENT)), _ABSENT, np.int64)
            extents[name][sample[here]] = numbers[here]
        return cls(groups.keys, spans, extents)


def index_table(
    rows: IndexRows, facts: Iterable[bytes], front: Front, without: Collection[str] = (), **identity: Any
) -> pa.Table:
    """The index of the shard that `front` describes; `facts` is the body of each row's `json` (empty without one), of
    which scalars `without` these are taken; `identity` is added to the metadata.
    """
    names, flat = ordered(list(rows.extents)), [_flat(body) for body in facts]
    columns: dict[str, pa.Array] = {
        "key": unicode_array(rows.keys),
        "offset": pa.array(rows.spans[:, 0]),
        "size": pa.array(rows.spans[:, 1]),
        **{name: _column(name, rows.extents[name], flat) for name in names},
    }
    for name, values in scalar_columns(flat).items():
        if name not in without:
            columns.setdefault(name, values)
    table = pa.table(columns)
    meta = {
        "format": 1,
        "generation": front.generation,
        "length": front.length,
        "columns": names,
        "schema": schema_crc(table.schema),
        **identity,
    }
    return table.replace_schema_metadata({META: json.dumps(meta, sort_keys=True).encode()})


def schema_crc(schema: pa.Schema) -> int:
    """crc32c of the columns' names and types: Parquet's pages carry a checksum, its footer has none."""
    return int(crc32.iscsi(repr([(field.name, str(field.type)) for field in schema]).encode("utf-8", "surrogatepass")))


def _column(name: str, numbers: np.ndarray, facts: Sequence[Mapping[str, Any]]) -> pa.StructArray:
    """A member column; its fields are null where a row lacks the member or its checksum."""
    states = np.where(numbers[:, 0] == _ABSENT, _ABSENT, state_numbers(name, numbers[:, 1], facts).astype(np.int64))
    fields = [
        pa.array(values.astype(field.type.to_pandas_dtype()), field.type, mask=values == _ABSENT)
        for values, field in zip((*numbers.T, states), MEMBER, strict=True)
    ]
    return pa.StructArray.from_arrays(fields, fields=list(MEMBER))


def _flat(body: bytes) -> Mapping[str, Any]:
    """What an index reads of the json's object, under names that all rows share: those of each row alone, and what is
    nested, took ten times the room of the scalars. A body that is no object has none.
    """
    try:
        value = decode_json(body)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(value, dict):
        return {}
    # The names stay: a shard's columns are bounded by how many names there are.
    return {intern(name): None if name in _UNREAD else one for name, one in value.items()}
