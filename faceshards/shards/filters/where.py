"""Filters: an expression in SQL's grammar, or a recipe's name, evaluated on the index by DuckDB; never `eval`."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from faceshards.errors import UsageError
from faceshards.shards.filters.candidates import engine_says
from faceshards.shards.filters.pure import impure
from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.index.lazy_rows import LazyRows
from faceshards.shards.schema.scalars import SCALARS


def matching(table: pa.Table | LazyRows, text: str) -> np.ndarray:
    """Rows of an index, int64 ascending, for which the expression (or recipe) is true; null counts as false.

    A scalar of the format's table that this shard lacks is null in every row.

    The engine has no access to files or the network, and takes one SELECT only, of what is a pure function of the row:
    every process must choose the same ones. Raises UsageError for an expression that is none.
    """
    if not isinstance(text, str):
        raise UsageError(f"where must be an expression such as 'frames >= 75' or a recipe's name, got {text!r}")
    if any("\ud800" <= one <= "\udfff" for one in text):  # a command line's byte that is no text
        raise UsageError(f"where {text!r} is no text in UTF-8: write it anew")
    expression = expression_of(text)
    query = f"SELECT {_ROW} FROM shard_rows WHERE (\n{expression}\n)"
    with duckdb.connect(config={"enable_external_access": "false", "threads": "1"}) as engine:
        engine.register("known_rows", table)
        engine.register("lacking", _lacking(table).empty_table())
        engine.execute(_VIEW)
        engine.execute("SET TimeZone = 'UTC'")  # else a time of day depends on the machine
        engine.execute("SET lock_configuration = true")
        try:
            # Two frames, as what closes one and opens another (`1) UNION (SELECT 2`) does not fit the other.
            for frame in (query, f"SELECT CASE WHEN\n{expression}\nTHEN 1 END FROM shard_rows"):
                statements = engine.extract_statements(frame)
                if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
                    raise UsageError(f"where {expression!r} must be one expression")
            if found := impure(engine, expression, {*table.schema.names, *SCALARS}):
                raise UsageError(
                    f"where {expression!r} asks for {found}, and a filter must choose the same rows in every process: "
                    "say it by the row's own columns; for a fixed random part: hash(key) % 10 = 0"
                )
            (numbers,) = engine.execute(query).fetchnumpy().values()
            return np.sort(numbers.astype(np.int64, copy=False), kind="stable")
        except duckdb.Error as error:
            said = engine_says(str(error), expression, table)
            raise UsageError(f"where {expression!r} does not evaluate: {said}") from error


# Rows are numbered by the engine as it reads them, in their order; a column of numbers would cost an index of many
# pieces 40 bytes a row. The scalars that are lacking come from a table without rows: columns of null would be held.
# The number's name is none that a filter says by chance: where a row stands is no property of it.
_ROW = '"number of the row"'
_VIEW = f"""
    CREATE TEMP VIEW shard_rows AS
    SELECT *, row_number() OVER () - 1 AS {_ROW} FROM (SELECT * FROM known_rows UNION ALL BY NAME SELECT * FROM lacking)
"""


def _lacking(table: pa.Table | LazyRows) -> pa.Schema:
    """The scalars of the format's table that this index has no column of."""
    present = set(table.schema.names)
    return pa.schema([(name, scalar.type) for name, scalar in SCALARS.items() if name not in present])
