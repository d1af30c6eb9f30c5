"""The rows of several indexes as one table, whatever columns each of them has."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pyarrow as pa


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of all rows, one table after the other. Where shards disagree about a column's type, it is the wider
    number, or else text.
    """
    if all(table.schema == tables[0].schema for table in tables):
        return pa.concat_tables(tables)
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        kinds: dict[str, set[Any]] = {}
        for table in tables:
            for field in table.schema:
                kinds.setdefault(field.name, set()).add(field.type)
        mixed = {name for name, types in kinds.items() if len(types) > 1 and not _is_number(types)}
        return pa.concat_tables([_as_text(table, mixed) for table in tables], promote_options="permissive")


def _is_number(types: set[Any]) -> bool:
    return all(pa.types.is_integer(one) or pa.types.is_floating(one) for one in types)


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    for name in names & set(table.column_names):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    return table
