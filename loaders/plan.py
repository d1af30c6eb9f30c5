"""The plan: which rows of which shards an epoch may read, and where their members stand; resolved once from the
indexes, no member is touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.errors import ColumnError, StaleIndex, UsageError
from faceshards.loaders.order import LANES, window_of
from faceshards.loaders.shard_rows import Source, indexes, keys_digest
from faceshards.shards.columns import COLUMNS
from faceshards.shards.stores import Place, StoreOptions
from faceshards.shards.where import matching

#: What becomes of a sample that lacks a wanted column: an error, left out of the epoch, or delivered with None.
Missing = Literal["error", "skip", "none"]

_ABSENT = -1


@dataclass(frozen=True)
class Extents:
    """Where the bodies of one column stand in their shards, a number a unit, each int64 (N,).

    `offset` is -1 where a sample lacks the column; `crc32c` is -1 in a foreign tar, which has none.
    """

    offset: np.ndarray
    size: np.ndarray
    crc32c: np.ndarray

    @property
    def filled(self) -> np.ndarray:
        """Whether there is a body that is not empty: bool (N,)."""
        return (self.offset >= 0) & (self.size > 0)

    def take(self, rows: np.ndarray) -> Extents:
        """Those of some rows."""
        return Extents(self.offset[rows], self.size[rows], self.crc32c[rows])

    def copy(self) -> Extents:
        """The same numbers, in memory of their own."""
        return Extents(self.offset.copy(), self.size.copy(), self.crc32c.copy())


@dataclass(frozen=True)
class Plan:
    """The matching rows of each shard, ascending, with keys and extents, and a digest of all that the order of an epoch
    depends on but seed and epoch.

    A *unit* is a row's number in the plan: the matching rows of the first shard come first, and so on.
    `seen` is how many rows there were before the filter; `scalars` holds `frames` and `fps` of each unit, where known;
    `window`: units that a lane of the order shuffles among each other.
    """

    sources: tuple[Source, ...]
    rows: tuple[np.ndarray, ...]
    keys: pa.Array
    extents: dict[str, Extents]
    scalars: dict[str, np.ndarray]
    seen: int
    window: int
    digest: str
    options: StoreOptions | None = None

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def shards(self) -> tuple[Place, ...]:
        """Paths and URLs, in the order of the units."""
        return tuple(source.place for source in self.sources)

    @property
    def counts(self) -> list[int]:
        """Matching rows of each shard."""
        return [len(rows) for rows in self.rows]

    @property
    def is_remote(self) -> bool:
        """Whether any shard is in a store."""
        return any(source.is_remote for source in self.sources)

    def source_of(self, units: Any) -> Any:
        """The number of the shard of a unit, or of each of many."""
        return np.searchsorted(self._starts, units, side="right") - 1

    def place(self, unit: int) -> tuple[Place, int]:
        """The shard and the row of a unit."""
        shard = int(self.source_of(unit))
        return self.sources[shard].place, int(self.rows[shard][unit - self._starts[shard]])

    def units_of(self, source: int) -> slice:
        """The units of a shard."""
        return slice(int(self._starts[source]), int(self._starts[source + 1]))

    def key(self, unit: int) -> str:
        """The sample's key."""
        return str(self.keys[unit].as_py())

    def kept(self, units: np.ndarray) -> Plan:
        """The plan of some of the units, bool (N,) or numbers, ascending."""
        units = np.flatnonzero(units) if units.dtype == bool else units
        cuts = np.searchsorted(units, self._starts)
        parts = zip(self.rows, cuts[:-1], cuts[1:], self._starts[:-1], strict=True)
        rows = tuple(mine[units[a:b] - start] for mine, a, b, start in parts)
        keys = _one(self.keys.take(pa.array(units)))
        extents = {name: each.take(units) for name, each in self.extents.items()}
        scalars = {name: each[units] for name, each in self.scalars.items()}
        digest = _digest(self.window, self.sources, rows, keys)
        return replace(self, rows=rows, keys=keys, extents=extents, scalars=scalars, digest=digest)

    @cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum([0, *self.counts])


def resolve(
    paths: Sequence[str | Place],
    columns: Sequence[str],
    where: str | None = None,
    missing: Missing = "error",
    *,
    also: Sequence[str] = (),
    options: StoreOptions | None = None,
    window: int | None = None,
) -> Plan:
    """The plan for these columns of the rows that match `where`; `also` names columns that a row may lack. `window`: as
    in `Plan`; by default as many rows as memory may hold.

    Raises ColumnError for a column that a shard or, with missing="error", a matching sample lacks, naming the
    stage that makes it; UsageError when `missing` is no policy or no row is left.
    """
    if missing not in get_args(Missing):
        raise UsageError(f"missing must be one of {', '.join(get_args(Missing))}, got {missing!r}")
    sources, table = indexes(paths, options)
    starts = np.cumsum([0, *(source.rows for source in sources)])
    rows = np.arange(table.num_rows) if where is None else matching(table, where)
    matched = len(rows)
    if missing != "none":
        for column in columns:
            filled = extents_of(table, column).take(rows).filled
            if missing == "error" and not filled.all():
                raise _lacking(sources, starts, table, column, rows[~filled])
            rows = rows[filled]
    if not len(rows):
        if missing == "skip" and matched:
            resolve(paths, columns, where, "error", options=options)  # says which column is lacking
        raise UsageError(
            f"no row of {len(sources)} shard(s) matches where={where!r} with missing={missing!r}: "
            "`faceshards inspect` shows the scores"
        )
    sizes = [extents_of(table, name).take(rows).size.mean() for name in columns if name != "json"]
    plan = _plan(sources, starts, table, rows, [*columns, *also], window or window_of(float(sum(sizes))))
    return replace(plan, options=options)


def _plan(
    sources: Sequence[Source],
    starts: np.ndarray,
    table: pa.Table,
    rows: np.ndarray,
    columns: Sequence[str],
    window: int,
) -> Plan:
    extents = {name: extents_of(table, name).take(rows) for name in dict.fromkeys(columns)}
    cuts = np.searchsorted(rows, starts)
    split = tuple(rows[a:b] - start for a, b, start in zip(cuts[:-1], cuts[1:], starts[:-1], strict=True))
    keys = _one(table["key"].take(pa.array(rows)))
    sizes = np.repeat([source.size for source in sources], np.diff(cuts))
    for name, each in extents.items():
        if (each.size > sizes - np.maximum(each.offset, 0)).any() or (each.offset < _ABSENT).any():
            raise StaleIndex(f"an index places {name} outside its shard: `faceshards index PATH --repair`")
    scalars = {name: _numbers(table, name, rows) for name in ("frames", "fps") if name in table.column_names}
    return Plan(
        tuple(sources), split, keys, extents, scalars, table.num_rows, window, _digest(window, sources, split, keys)
    )


def _digest(window: int, sources: Sequence[Source], rows: Sequence[np.ndarray], keys: pa.Array) -> str:
    """Of all that the order of an epoch depends on but seed and epoch."""
    digest = hashlib.blake2b(f"{LANES} {window}".encode(), digest_size=16)
    start = 0
    for source, mine in zip(sources, rows, strict=True):
        digest.update(f"{source.place.name}\n{len(mine)}\n".encode("utf-8", "surrogateescape"))
        digest.update(keys_digest(keys[start : start + len(mine)]))
        start += len(mine)
    return digest.hexdigest()


def _one(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def extents_of(table: pa.Table, column: str) -> Extents:
    """The extents of a column in all rows of the index; where the index has no such column, none."""
    if column not in table.column_names or not pa.types.is_struct(table[column].type):
        return Extents(
            np.full(table.num_rows, _ABSENT), np.zeros(table.num_rows, np.int64), np.full(table.num_rows, -1)
        )
    fields = [pc.struct_field(table[column], name).cast(pa.int64()) for name in ("offset", "size", "crc32c")]
    filled = [pc.fill_null(field, value) for field, value in zip(fields, (_ABSENT, 0, -1), strict=True)]
    return Extents(*(one.to_numpy() for one in filled))


def _numbers(table: pa.Table, name: str, rows: np.ndarray) -> np.ndarray:
    """A scalar of each of these rows, float64, NaN where it is not known."""
    return table[name].cast(pa.float64()).to_numpy()[rows]


def _lacking(
    sources: Sequence[Source], starts: np.ndarray, table: pa.Table, column: str, rows: np.ndarray
) -> ColumnError:
    """The error about rows that lack a column, in the words of the first shard that has such."""
    number = int(np.searchsorted(starts, rows[0], side="right")) - 1
    place, rows = sources[number].place, rows[rows < starts[number + 1]]
    maker = COLUMNS[column].maker if column in COLUMNS else None
    remedy = f"run `faceshards curate {place} --stages {maker}`" if maker not in (None, "pack") else "name another"
    mine = table.slice(int(starts[number]), int(starts[number + 1] - starts[number]))
    if not extents_of(mine, column).filled.any():
        has = [name for name in mine.column_names if pa.types.is_struct(mine[name].type)]
        return ColumnError(
            f"{place.name} has no column {column!r}, only {', '.join(has)}: {remedy}, or give missing='skip'"
        )
    row = int(rows[0])
    failed = table["failed"][row].as_py() if "failed" in table.column_names else None
    return ColumnError(
        f"{place.name}: {len(rows)} sample(s) have an empty {column!r}, first {table['key'][row].as_py()!r}"
        f"{f' ({failed})' if failed else ''}: {remedy}, or give missing='skip'"
    )
