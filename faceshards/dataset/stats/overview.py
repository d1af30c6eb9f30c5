"""What a data set holds, from its indexes alone: hours, persons, languages, collections, columns, failures, scalars."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.dataset.stats.distribution import distribution, is_scalar, unit_of
from faceshards.dataset.stats.indexed_rows import IndexedRows
from faceshards.shards.schema.columns import ordered
from faceshards.shards.schema.scalars import FAILED
from faceshards.shards.schema.states import DONE, STATES

# What hours, persons and groups are told by.
_FACTS = ("duration", "frames", "identity", "person", "collection", "licence", "citation", "language", "split")
# The person of a clip: as it was packed, within its collection, else as `faceshards identity` found it.
_PERSON = """
    coalesce(
        CASE WHEN identity = '' THEN NULL ELSE coalesce(nullif(collection, '') || '/', '') || identity END, person
    )
"""
_TOTALS = """
    count(*) AS samples, sum(duration) / 3600 AS hours, sum(frames)::BIGINT AS frames, count(DISTINCT who) AS persons
"""


@dataclass(frozen=True)
class Overview:
    """Of the samples that are chosen: `totals` (samples, hours, frames, persons; how many samples say no duration and
    no person), the same of each `collections`, `languages` and `splits`; `columns`: bytes, and samples by state;
    `failures`: samples by stage and code; `scalars`: the distribution of each. `removed` rows count nowhere.
    """

    shards: int
    seen: int
    removed: int
    totals: dict[str, Any]
    collections: list[dict[str, Any]]
    languages: list[dict[str, Any]]
    splits: list[dict[str, Any]]
    columns: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    scalars: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, rows: IndexedRows) -> Overview:
        """That of some rows."""
        facts = pa.table({name: _known(rows, name) for name in _FACTS})
        names = [field.name for field in rows.schema if is_scalar(field)]
        with duckdb.connect(config={"enable_external_access": "false"}) as engine:
            engine.register("facts", facts)
            engine.execute(f"CREATE TEMP VIEW samples AS SELECT *, {_PERSON} AS who FROM facts")
            lacking = "count(*) - count(duration) AS without_duration, count(*) - count(who) AS without_person"
            (totals,) = _asked(engine, f"SELECT {_TOTALS}, {lacking} FROM samples")
            collections = _grouped(engine, "collection, licence, citation")
            languages, splits = (_grouped(engine, name) for name in ("language", "split"))
        return cls(
            len(rows.shards),
            rows.seen,
            rows.removed,
            totals,
            collections,
            [] if all(one["language"] is None for one in languages) else languages,
            [] if all(one["split"] is None for one in splits) else splits,
            [_column(name, rows.chosen(name)) for name in _members(rows)],
            _failures(rows),
            {name: {"unit": unit_of(name), **distribution(rows.chosen(name))} for name in names},
        )

    def record(self) -> dict[str, Any]:
        """All of it as JSON values."""
        return dict(vars(self))


def _known(rows: IndexedRows, name: str) -> pa.ChunkedArray:
    """A scalar of the format of the chosen rows, null where no shard has it."""
    kind = pa.float64() if name == "duration" else pa.int64() if name == "frames" else pa.string()
    if name not in rows.schema.names or pa.types.is_struct(rows.schema.field(name).type):
        return pa.chunked_array([pa.nulls(len(rows.rows), kind)])
    return rows.chosen(name).cast(kind)


def _asked(engine: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = engine.execute(query)
    names = [one[0] for one in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _grouped(engine: duckdb.DuckDBPyConnection, by: str) -> list[dict[str, Any]]:
    return _asked(engine, f"SELECT {by}, {_TOTALS} FROM samples GROUP BY ALL ORDER BY samples DESC, {by}")


def _members(rows: IndexedRows) -> list[str]:
    return ordered([field.name for field in rows.schema if pa.types.is_struct(field.type)])


def _column(name: str, members: pa.ChunkedArray) -> dict[str, Any]:
    """A member column: bytes, and how many samples are in each state; those of shards that lack it are `not yet`."""
    states = pc.fill_null(pc.struct_field(members, "state"), list(STATES).index("not yet"))
    counts = {one["values"]: one["counts"] for one in states.value_counts().to_pylist()}
    told = {state: counts.get(number, 0) for number, state in enumerate(STATES)}
    filled = pc.struct_field(members, "size").filter(pc.equal(states, list(STATES).index(DONE)))
    return {"column": name, "bytes": pc.sum(filled).as_py() or 0, **told}


def _failures(rows: IndexedRows) -> list[dict[str, Any]]:
    if FAILED not in rows.schema.names:
        return []
    words = [word.partition(":") for one in rows.chosen(FAILED).to_pylist() for word in (one or "").split()]
    counts = pa.array([f"{stage} {code}" for stage, _, code in words], pa.string()).value_counts().to_pylist()
    ranked = sorted(((*one["values"].split(" "), one["counts"]) for one in counts), key=lambda one: (-one[2], one[0]))
    return [{"stage": stage, "code": code, "samples": count} for stage, code, count in ranked]
