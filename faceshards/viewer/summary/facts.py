"""The samples' facts: their json, or, where that would cost too many bytes, as much of it as the index knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from faceshards.errors import ColumnError, FaceshardsError, ShardError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode
from faceshards.shards.schema.columns import COLUMNS


def read_facts(shard: Shard, rows: Sequence[int]) -> list[dict[str, Any]]:
    """The json of some rows, read together; a foreign sample without one has no facts, and one that cannot be read is
    itself a failure, recorded as such.
    """
    there = _have_json(shard, rows)
    mine = [row for row, has in zip(rows, there, strict=True) if has]
    bodies: list[bytes | None]
    try:
        bodies = list(shard.read_column("json", mine)) if mine else []
    except (ShardError, ColumnError):  # one of them is damaged: each for itself
        bodies = [None] * len(mine)
    facts = iter([_fact(shard, row, body) for row, body in zip(mine, bodies, strict=True)])
    return [next(facts) if has else {} for has in there]


def _have_json(shard: Shard, rows: Sequence[int]) -> list[bool]:
    if not shard.has("json"):
        return [False] * len(rows)
    offsets = shard.index["json"].combine_chunks().field("offset")
    return offsets.is_valid().take(np.asarray(rows, np.int64)).to_pylist()


def _fact(shard: Shard, row: int, body: bytes | None) -> dict[str, Any]:
    try:
        value = None if body is None else decode("json", body)
        return value if isinstance(value, dict) else shard.json(row)
    except FaceshardsError as error:
        return {"failures": [{"stage": "shard", "code": "damaged", "reason": str(error)}]}


def indexed_facts(shard: Shard, rows: Sequence[int]) -> list[dict[str, Any]]:
    """The facts of some rows without a look at their json: the name, and failures without their particulars. What made
    a column is told by the front record, where it knows one making of the column's stage.
    """
    makers = _makers(shard)
    known = [name for name in ("name", "failed") if name in shard.index.column_names]
    table = shard.index.select(known).take(np.asarray(rows, np.int64))
    return [{**one, "failures": _failures(one.pop("failed", "")), "made": makers} for one in table.to_pylist()]


def _makers(shard: Shard) -> dict[str, str]:
    """Column -> the fingerprint of the only making of its stage, or else of the only import."""
    stages: dict[str, list[str]] = {}
    for fingerprint, made in shard.provenance.items():
        stages.setdefault(made.stage, []).append(fingerprint)
    known = [name for name in shard.columns if name in COLUMNS and name != "json"]
    told = {name: stages.get(COLUMNS[name].maker) or stages.get("import", []) for name in known}
    return {name: found[0] for name, found in told.items() if len(found) == 1}


def _failures(failed: str | None) -> list[dict[str, str]]:
    """The index's `stage:code stage:code`."""
    pairs = (one.partition(":") for one in (failed or "").split())
    return [{"stage": stage, "code": code, "reason": ""} for stage, _, code in pairs]
