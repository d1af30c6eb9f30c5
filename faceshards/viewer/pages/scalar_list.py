"""The scalars that a page sorts, filters and draws by."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from faceshards.shards.index.index import RESERVED
from faceshards.shards.schema.scalars import FAILED, SCALARS
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.clauses import spelled

_OWN = {FAILED: "what failed: stage:code, a word each; empty where nothing did"}


def scalar_list(collection: Collection) -> list[dict[str, Any]]:
    """One object a scalar of the indexes: `name`, `sql` (the name as a filter spells it), `kind` (number, text, truth),
    `whole` (numbers without a fraction), `unit`, `doc`, `maker`; in the order of the format's table, users' own after
    it.
    """
    rank = {name: place for place, name in enumerate(SCALARS)}
    found = []
    for field in sorted(collection.schema, key=lambda one: (rank.get(one.name, len(rank)), one.name)):
        kind = _kind(field.type)
        if kind and field.name not in RESERVED and field.name not in collection.unlisted:
            known = SCALARS.get(field.name)
            told = (known.unit, known.doc, known.maker) if known else ("", _OWN.get(field.name, ""), "")
            said = {
                "name": field.name,
                "sql": spelled(field.name),
                "kind": kind,
                "whole": pa.types.is_integer(field.type),
            }
            found.append(said | dict(zip(("unit", "doc", "maker"), told, strict=True)))
    return found


def _kind(type_: pa.DataType) -> str:
    if pa.types.is_boolean(type_):
        return "truth"
    if pa.types.is_floating(type_) or pa.types.is_integer(type_):
        return "number"
    return "text" if pa.types.is_string(type_) else ""
