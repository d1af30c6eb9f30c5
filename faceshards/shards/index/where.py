"""Filters: an expression in SQL's grammar, or a recipe's name, evaluated on the index by DuckDB; never `eval`."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from faceshards.errors import UsageError
from faceshards.shards.schema.scalars import SCALARS

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)+")


def recipes(folder: Path | None = None) -> dict[str, str]:
    """Name -> expression of every `*.toml` in a folder (`recipes/` of the working directory by default)."""
    found: dict[str, str] = {}
    for file in sorted((folder or Path("recipes")).glob("*.toml")):
        try:
            table = tomllib.loads(file.read_text("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise UsageError(
                f'{file}: no recipe file ({error}): write lines of the form name = "expression"'
            ) from error
        found |= {name: text for name, text in table.items() if isinstance(text, str)}
    return found


def resolve(text: str, folder: Path | None = None) -> str:
    """The expression of a recipe's name (it has a hyphen: `megactor-v1`); any other text is the expression itself."""
    if not _NAME.fullmatch(text):
        return text
    known = recipes(folder)
    if text not in known:
        raise UsageError(f"no recipe {text!r}: known are {', '.join(sorted(known)) or 'none'} (recipes/*.toml)")
    return known[text]


def matching(table: pa.Table, text: str) -> np.ndarray:
    """Rows of an index, int64 ascending, for which the expression (or recipe) is true; null counts as false.

    A scalar of the format's table that this shard lacks is null in every row.

    The engine has no access to files or the network, and takes one SELECT only. Raises UsageError for an expression
    that is none.
    """
    expression = resolve(text)
    query = f"SELECT row FROM shard_rows WHERE (\n{expression}\n)"
    with duckdb.connect(config={"enable_external_access": "false", "threads": "1"}) as engine:
        engine.register("known_rows", table)
        engine.register("lacking", _lacking(table).empty_table())
        engine.execute(_VIEW)
        engine.execute("SET lock_configuration = true")
        try:
            # Two frames, as what closes one and opens another (`1) UNION (SELECT 2`) does not fit the other.
            for frame in (query, f"SELECT CASE WHEN\n{expression}\nTHEN 1 END FROM shard_rows"):
                statements = engine.extract_statements(frame)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise UsageError(f"where {expression!r} must be one expression")
            return np.sort(engine.execute(query).fetchnumpy()["row"].astype(np.int64, copy=False), kind="stable")
        except duckdb.Error as error:
            first = str(error).splitlines()[0]
            raise UsageError(
                f"where {expression!r} does not evaluate: {first} (docs/format.md lists the scalars)"
            ) from error


# Rows are numbered by the engine as it reads them, in their order; a column of numbers would cost an index of many
# pieces 40 bytes a row. The scalars that are lacking come from a table without rows: columns of null would be held.
_VIEW = """
    CREATE TEMP VIEW shard_rows AS
    SELECT *, row_number() OVER () - 1 AS row FROM (SELECT * FROM known_rows UNION ALL BY NAME SELECT * FROM lacking)
"""


def _lacking(table: pa.Table) -> pa.Schema:
    """The scalars of the format's table that this index has no column of."""
    present = set(table.column_names)
    return pa.schema([(name, scalar.type) for name, scalar in SCALARS.items() if name not in present])
