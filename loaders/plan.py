"""The plan: which rows of which shards an epoch may read, resolved once from the indexes; no member is touched."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import pyarrow.compute as pc

from faceshards.errors import ColumnError, UsageError
from faceshards.loaders.order import LANES, WINDOW
from faceshards.shards.columns import COLUMNS
from faceshards.shards.reader import Shard
from faceshards.shards.where import matching

#: What becomes of a sample that lacks a wanted column: an error, left out of the epoch, or delivered with None.
Missing = Literal["error", "skip", "none"]


@dataclass(frozen=True)
class Plan:
    """The matching rows of each shard, ascending, and a digest of all that the order of an epoch depends on
    but seed and epoch.

    A *unit* is a row's number in the plan: the matching rows of the first shard come first, and so on.
    """

    shards: tuple[Path, ...]
    rows: tuple[np.ndarray, ...]
    digest: str

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def counts(self) -> list[int]:
        """Matching rows of each shard."""
        return [len(rows) for rows in self.rows]

    def place(self, unit: int) -> tuple[Path, int]:
        """The shard and the row of a unit."""
        shard = int(np.searchsorted(self._starts, unit, side="right")) - 1
        return self.shards[shard], int(self.rows[shard][unit - self._starts[shard]])

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *self.counts])


def resolve(shards: Sequence[Path], columns: Sequence[str], where: str | None, missing: Missing) -> Plan:
    """The plan for these columns of the rows that match `where`.

    Raises ColumnError for a column that a shard or, with missing="error", a matching sample lacks, naming the
    stage that makes it; UsageError when `missing` is no policy or no row is left.
    """
    if missing not in get_args(Missing):
        raise UsageError(f"missing must be one of {', '.join(get_args(Missing))}, got {missing!r}")
    digest = hashlib.blake2b(f"{LANES} {WINDOW}".encode(), digest_size=16)
    rows = []
    for path in shards:
        with Shard(path) as shard:
            rows.append(_rows(shard, columns, where, missing))
            keys = shard.index["key"].take(rows[-1]).to_pylist()
        digest.update("\n".join([path.name, str(len(keys)), *keys, ""]).encode("utf-8", "surrogateescape"))
    plan = Plan(tuple(shards), tuple(rows), digest.hexdigest())
    if not len(plan):
        if missing == "skip":
            resolve(shards, columns, where, "error")  # says which column is lacking, where that is why
        raise UsageError(
            f"no row of {len(shards)} shard(s) matches where={where!r} with missing={missing!r}: "
            "`faceshards inspect` shows the scores"
        )
    return plan


def _rows(shard: Shard, columns: Sequence[str], where: str | None, missing: Missing) -> np.ndarray:
    rows = np.arange(len(shard)) if where is None else matching(shard.index, where)
    if missing == "none":
        return rows
    for column in columns:
        filled = _filled(shard, column)[rows]
        if missing == "error" and not filled.all():
            raise _lacking(shard, column, rows[~filled])
        rows = rows[filled]
    return rows


def _filled(shard: Shard, column: str) -> np.ndarray:
    """Whether each row's member is there and not empty: bool (rows,)."""
    if not shard.has(column):
        return np.zeros(len(shard), bool)
    sizes = pc.fill_null(pc.struct_field(shard.index[column].combine_chunks(), "size"), 0)
    return sizes.to_numpy(zero_copy_only=False) > 0


def _lacking(shard: Shard, column: str, rows: np.ndarray) -> ColumnError:
    maker = COLUMNS[column].maker if column in COLUMNS else None
    remedy = f"run `faceshards curate {shard.path} --stages {maker}`" if maker not in (None, "pack") else "name another"
    if not shard.has(column):
        return ColumnError(
            f"{shard.path.name} has no column {column!r}, only {', '.join(shard.columns)}: {remedy}, "
            "or give missing='skip'"
        )
    row = int(rows[0])
    failed = shard.index["failed"][row].as_py() if "failed" in shard.index.column_names else None
    return ColumnError(
        f"{shard.path.name}: {len(rows)} sample(s) have an empty {column!r}, first {shard.keys[row]!r}"
        f"{f' ({failed})' if failed else ''}: {remedy}, or give missing='skip'"
    )
