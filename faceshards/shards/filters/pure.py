"""Whether a filter is a pure function of the row: it must choose the same rows in every process and at any time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Set
from dataclasses import dataclass
from functools import cache
from typing import Any

import duckdb

_SCALARS = {"scalar", "macro"}
_OTHERS = {"SUBQUERY": "a subquery", "WINDOW": "a window function", "PARAMETER": "a parameter"}
# What asks the clock or the session, though the engine's catalogue calls it consistent; age() does with one argument.
_CURRENT, _AGE = "current_", "age"
# From 2.0.1 on the catalogue names the forms, of `+` and year() even, that ask for the session's time zone alone, which
# a filter sets: they take arguments, and some time with a zone.
_BY_ZONE = """(
    stability = 'CONSISTENT_WITHIN_QUERY' AND len(parameter_types) > 0
    AND regexp_matches(concat(parameter_types::VARCHAR, return_type), 'WITH TIME ZONE|TIMESTAMPTZ')
)"""


@dataclass(frozen=True)
class _Function:
    """What the engine's catalogue says of a name: `kinds` (scalar, aggregate, ...), whether each form of it gives the
    same for the same arguments in one time zone, and the `definitions` of a macro.
    """

    kinds: frozenset[str]
    is_steady: bool
    definitions: tuple[str, ...]


def impure(engine: duckdb.DuckDBPyConnection, expression: str, columns: Set[str]) -> str | None:
    """What in an expression over these columns is no pure function of the row, in words; None where all is. What the
    engine does not know, and what it cannot read, is left for its own error.
    """
    known = {name.lower() for name in columns}
    return next((said for node in _nodes(engine, expression) if (said := _impure(engine, node, known))), None)


def _impure(engine: duckdb.DuckDBPyConnection, node: dict[str, Any], columns: Set[str]) -> str | None:
    kind = node["class"]
    if kind in _OTHERS:
        return _OTHERS[kind]
    if kind == "COLUMN_REF" and len(node["column_names"]) == 1:
        name = node["column_names"][0]
        return name if name.lower() not in columns and _is_keyword(engine, name) else None
    if kind == "FUNCTION":
        arguments = node.get("arguments", node.get("children", ()))  # as DuckDB 2 and 1 name them
        return _impure_function(engine, node["function_name"].lower(), len(arguments))
    return None


def _impure_function(engine: duckdb.DuckDBPyConnection, name: str, arguments: int) -> str | None:
    function = _functions().get(name)
    if function is None:
        return None
    if not function.kinds & _SCALARS:
        return f"the {' '.join(sorted(function.kinds)).replace('_', ' ')} function {name}()"
    asks_clock = name.startswith(_CURRENT) or (name == _AGE and arguments == 1)
    if asks_clock or not function.is_steady or any(impure(engine, one, frozenset()) for one in function.definitions):
        return f"{name}()"
    return None


def _is_keyword(engine: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether a name means something without any table, as current_timestamp does."""
    quoted = name.replace('"', '""')
    try:
        engine.execute(f'DESCRIBE SELECT "{quoted}"')
    except duckdb.Error:
        return False
    return True


def _nodes(engine: duckdb.DuckDBPyConnection, expression: str) -> Iterator[dict[str, Any]]:
    """All parts of an expression, as the engine's parser sees them."""
    answer = engine.execute("SELECT json_serialize_sql(?)", [f"SELECT 1 WHERE (\n{expression}\n)"]).fetchone()
    tree = json.loads(answer[0]) if answer else {}
    return _parts([one["node"]["where_clause"] for one in tree.get("statements", ())])


def _parts(tree: Any) -> Iterator[dict[str, Any]]:
    if isinstance(tree, dict):
        if "class" in tree:
            yield tree
        tree = list(tree.values())
    if isinstance(tree, list):
        for one in tree:
            yield from _parts(one)


@cache
def _functions() -> dict[str, _Function]:
    query = f"""
        SELECT lower(function_name), list(DISTINCT function_type),
               bool_and(stability IS NULL OR stability = 'CONSISTENT' OR {_BY_ZONE}), list(DISTINCT macro_definition)
        FROM duckdb_functions() GROUP BY 1
    """
    with duckdb.connect() as engine:
        rows = engine.execute(query).fetchall()
    return {
        name: _Function(frozenset(kinds), steady, tuple(one for one in definitions if one is not None))
        for name, kinds, steady, definitions in rows
    }
