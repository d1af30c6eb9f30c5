"""The plan: which rows of which shards an epoch may read, and where their members stand; resolved once from the
indexes, no member is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa

from faceshards.errors import ColumnError, StaleIndex, UsageError
from faceshards.loaders.plan.extents import (
    ABSENT,
    CLIP_PACKETS,
    Extents,
    extents_of,
    keys_of,
    labels_of,
    numbers_of,
    told_by,
)
from faceshards.loaders.plan.order import LANES, window_of
from faceshards.loaders.plan.shard_rows import Indexes, ShardVersion, indexes, keys_digest
from faceshards.shards.filters.candidates import lacking, made_by
from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.filters.where import matching
from faceshards.shards.index.catalogue import Catalogue, catalogued
from faceshards.shards.index.lazy_rows import LazyRows
from faceshards.shards.index.standing import standing
from faceshards.shards.schema.columns import CLIP, COLUMNS
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place

#: What becomes of a sample that lacks a wanted column: an error, left out of the epoch, or delivered with None.
Missing = Literal["error", "skip", "none"]


@dataclass(frozen=True)
class Plan:
    """The matching rows of each shard, ascending, with keys and extents, and a digest of all that the order of an epoch
    depends on but seed, epoch and window.

    A *unit* is a row's number in the plan: the matching rows of the first shard come first, and so on.
    `seen` is how many rows there were before the filter, without those that were `removed` on request, which no plan
    holds; `scalars` holds the numbers of each unit that were asked for, float64 (N,), NaN where not known, `labels` its
    texts; `window`: units that a lane of the order shuffles among each other.
    """

    sources: tuple[ShardVersion, ...]
    rows: tuple[np.ndarray, ...]
    keys: pa.Array
    extents: dict[str, Extents]
    scalars: dict[str, np.ndarray]
    seen: int
    window: int
    digest: str
    options: StoreOptions | None = None
    removed: int = 0
    labels: dict[str, pa.DictionaryArray] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def shards(self) -> tuple[Place, ...]:
        """Paths and URLs, in the order of the units."""
        return tuple(source.place for source in self.sources)

    @cached_property
    def counts(self) -> list[int]:
        """Matching rows of each shard."""
        return [len(rows) for rows in self.rows]

    @property
    def touched(self) -> list[ShardVersion]:
        """The shards that hold a matching row."""
        return [shard for shard, rows in zip(self.sources, self.rows, strict=True) if len(rows)]

    def source_of(self, units: Any) -> Any:
        """The number of the shard of a unit, or of each of many."""
        return np.searchsorted(self.starts, units, side="right") - 1

    def shard_and_row(self, unit: int) -> tuple[Place, int]:
        """The shard that a unit stands in, and the number of its row there."""
        shard = int(self.source_of(unit))
        return self.sources[shard].place, int(self.rows[shard][unit - self.starts[shard]])

    def units_of(self, source: int) -> slice:
        """The units of a shard."""
        return slice(int(self.starts[source]), int(self.starts[source + 1]))

    def key(self, unit: int) -> str:
        """The sample's key."""
        return str(self.keys[unit].as_py())

    def kept(self, units: np.ndarray) -> Plan:
        """The plan of some of the units, bool (N,) or numbers, ascending."""
        units = np.flatnonzero(units) if units.dtype == bool else units
        cuts = np.searchsorted(units, self.starts)
        parts = zip(self.rows, cuts[:-1], cuts[1:], self.starts[:-1], strict=True)
        rows = tuple(mine[units[a:b] - start] for mine, a, b, start in parts)
        keys = self.keys.take(pa.array(units))
        extents = {name: each.take(units) for name, each in self.extents.items()}
        scalars = {name: each[units] for name, each in self.scalars.items()}
        labels = {name: each.take(pa.array(units)) for name, each in self.labels.items()}
        digest = _digest(self.sources, rows, keys)
        return replace(self, rows=rows, keys=keys, extents=extents, scalars=scalars, digest=digest, labels=labels)

    @cached_property
    def starts(self) -> np.ndarray:
        """The first unit of each shard, and the number of units: int64 (shards + 1,)."""
        return np.cumsum([0, *self.counts])


def resolve(
    paths: Catalogue | Sequence[str | Place],
    columns: Sequence[str],
    where: str | None = None,
    missing: Missing = "error",
    *,
    also: Sequence[str] = (),
    scalars: Sequence[str] = (),
    labels: Sequence[str] = (),
    options: StoreOptions | None = None,
    window: int | None = None,
) -> Plan:
    """The plan for these columns of the rows that match `where`; `also` names columns that a row, or all, may lack,
    `scalars` and `labels` those of the index that the plan shall hold. `window`: as in `Plan`; by default as many rows
    as memory may hold.

    Raises ColumnError for a column that a matching sample (missing="error"), all of them ("skip") or all shards and the
    format ("none") lack, naming the stage that makes it; UsageError when `missing` is no policy or no row is left.
    """
    if missing not in get_args(Missing):
        raise UsageError(f"missing must be one of {', '.join(get_args(Missing))}, got {missing!r}")
    index = indexes(catalogued(paths, options))
    rows = np.arange(len(index)) if where is None else matching(LazyRows(index.schema, index.columns), where)
    rows, removed = _standing(index, rows)
    keys = keys_of(index.columns(["key"]), rows)
    index.forget()  # of so many rows, the pages of one column are enough at a time
    extents: dict[str, Extents] = {}
    there = [column for column in also if column in index.schema.names or column == CLIP_PACKETS]
    for column in dict.fromkeys([*columns, *there]):
        extents[column] = extents_of(index.columns(told_by(column)), column, rows)
        index.forget()
    whole = _whole(index, columns, rows, extents, missing)
    if not whole.all():
        rows, keys = rows[whole], keys.filter(pa.array(whole))
        extents = {name: each.take(whole) for name, each in extents.items()}
    if not len(rows):
        raise UsageError(
            f"no row of {len(index.sources)} shard(s) matches where={where!r} with missing={missing!r}: "
            f"{_unmeasured(index, where) or '`faceshards inspect` shows the scores'}"
            f"{f'; {removed} rows were removed on request' if removed else ''}"
        )
    cuts = np.searchsorted(rows, index.starts)
    _check_bounds(index.sources, cuts, extents)
    window = window or window_of(float(sum(extents[name].size.mean() for name in columns if name != "json")))
    split = tuple(
        rows[a:b] - start for a, b, start in zip(cuts[:-1], cuts[1:], index.starts[:-1].tolist(), strict=True)
    )
    numbers = {name: numbers_of(index.columns([name]), name, rows) for name in scalars if name in index.schema.names}
    texts = {name: labels_of(index.columns([name]), name, rows) for name in labels if name in index.schema.names}
    digest = _digest(index.sources, split, keys)
    pa.default_memory_pool().release_unused()  # what was made on the way: the plan stays for days
    seen = len(index) - removed
    return Plan(tuple(index.sources), split, keys, extents, numbers, seen, window, digest, options, removed, texts)


def _standing(index: Indexes, rows: np.ndarray) -> tuple[np.ndarray, int]:
    """Those of the rows that are samples, and how many of all were removed."""
    if REMOVED not in index.schema.names:
        return rows, 0
    stand = standing(index.columns([REMOVED]))
    return rows[stand[rows]], int((~stand).sum())


def _whole(
    index: Indexes, columns: Sequence[str], rows: np.ndarray, extents: Mapping[str, Extents], missing: Missing
) -> np.ndarray:
    """Which of the rows have what the policy wants of them: bool (N,). Raises ColumnError as `resolve` does."""
    whole = np.ones(len(rows), bool)
    for column in columns if len(rows) else ():
        filled = extents[column].filled
        is_unheard_of = column not in index.schema.names and column not in (*COLUMNS, CLIP)
        if is_unheard_of or (missing == "error" and not filled.all()) or (missing == "skip" and not filled.any()):
            raise _lacking(index, column, rows[~filled], or_skip=missing == "error" and bool(filled.any()))
        if missing != "none":
            whole &= filled
    return whole


def _unmeasured(index: Indexes, where: str | None) -> str:
    """Which scalars the filter names that nobody has measured, and the stage to run."""
    measured = index.columns([name for name in SCALARS if name in index.schema.names])
    names = () if where is None else lacking(expression_of(where), measured)
    return f"no row has {', '.join(names)} ({made_by(names)})" if names else ""


def _check_bounds(sources: Sequence[ShardVersion], cuts: np.ndarray, extents: Mapping[str, Extents]) -> None:
    for source, a, b in zip(sources, cuts[:-1].tolist(), cuts[1:].tolist(), strict=True):
        for name, each in extents.items():
            offset, size = each.offset[a:b], each.size[a:b]
            if (size > source.size - np.maximum(offset, 0)).any() or (offset < ABSENT).any():
                raise StaleIndex(f"an index places {name} outside its shard: `faceshards index PATH --repair`")


def _digest(sources: Sequence[ShardVersion], rows: Sequence[np.ndarray], keys: pa.Array) -> str:
    """A digest of all that the order of an epoch depends on, seed, epoch and window apart."""
    digest = hashlib.blake2b(f"{LANES}".encode(), digest_size=16)
    start = 0
    for source, mine in zip(sources, rows, strict=True):
        digest.update(f"{source.place.name}\n{len(mine)}\n".encode("utf-8", "surrogateescape"))
        digest.update(keys_digest(keys[start : start + len(mine)]))
        start += len(mine)
    return digest.hexdigest()


def _lacking(index: Indexes, column: str, rows: np.ndarray, *, or_skip: bool) -> ColumnError:
    """The error about rows that lack a column, in the words of the first shard that has such; `or_skip`: leaving them
    out is a remedy, too.
    """
    table, starts = index.columns(index.schema.names), index.starts
    number = int(np.searchsorted(starts, rows[0], side="right")) - 1
    place, rows = index.sources[number].place, rows[rows < starts[number + 1]]
    maker = COLUMNS[column].maker if column in COLUMNS else None
    remedy = f"run `faceshards curate {place} --stages {maker}`" if maker not in (None, "pack") else "name another"
    remedy += ", or give missing='skip'" if or_skip else ""
    mine = np.arange(starts[number], starts[number + 1])
    if not extents_of(table, column, mine).filled.any():
        shard = table.slice(int(starts[number]), len(mine))
        has = [
            name
            for name in shard.column_names
            if pa.types.is_struct(shard[name].type) and extents_of(table, name, mine).filled.any()
        ]
        return ColumnError(f"{place.name} has no column {column!r}, only {', '.join(has)}: {remedy}")
    row = int(rows[0])
    failed = table["failed"][row].as_py() if "failed" in table.column_names else None
    return ColumnError(
        f"{place.name}: {len(rows)} sample(s) have an empty {column!r}, first {table['key'][row].as_py()!r}"
        f"{f' ({failed})' if failed else ''}: {remedy}"
    )
