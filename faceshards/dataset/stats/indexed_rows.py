"""The rows of all shards under some paths as one table, of which a column is read when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa

from faceshards.shards.index.catalogue import Catalogue, catalogued
from faceshards.shards.index.dataset import Dataset
from faceshards.shards.index.joined import joined
from faceshards.shards.index.standing import standing
from faceshards.shards.index.store_rows import StoreRows, kept
from faceshards.shards.reader import Shard
from faceshards.shards.schema.removed import REMOVED
from faceshards.shards.storage.url import Place, Url

# Indexes that are read from a store at a time.
_MOST_AT_ONCE = 16


@dataclass(frozen=True)
class _Part:
    """The rows of some shards, of a folder's merged index or of one shard's own."""

    rows: Dataset | StoreRows | pa.Table
    shards: tuple[Place, ...]
    starts: tuple[int, ...]

    def columns(self, names: Sequence[str]) -> pa.Table:
        there = ["key", *(name for name in names if name in self.rows.schema.names and name != "key")]
        return self.rows.select(there) if isinstance(self.rows, pa.Table) else self.rows.columns(there)


class IndexedRows:
    """The rows that stand of shards, and of them those that match `where`: `rows`, int64, ascending, among all rows;
    `removed`: tombstones. Folders are read through their merged index.

    Raises UsageError where there is no shard and for a filter that does not evaluate, and what the opening of a shard
    raises.
    """

    def __init__(self, paths: Catalogue | Sequence[str | Place], where: str | None = None) -> None:
        catalogue = catalogued(paths)
        self._parts = _merged(catalogue.datasets())
        inside = {shard for part in self._parts for shard in part.shards}
        alone = [shard for shard in catalogue.shards if shard not in inside]
        in_stores = [shard for shard in alone if isinstance(shard, Url)]
        if many := kept(in_stores, catalogue.options):
            self._parts.append(_Part(many, tuple(in_stores), tuple(many.starts.tolist())))
            alone = [shard for shard in alone if not isinstance(shard, Url)]
        with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
            self._parts += pool.map(_alone, alone)
        stand = standing(self.columns([REMOVED, "key"]))
        chosen = np.arange(len(stand)) if where is None else self._matching(where)
        self.rows = chosen[stand[chosen]]
        self.removed, self.seen = int((~stand).sum()), int(stand.sum())

    def _matching(self, where: str) -> np.ndarray:
        # The engine takes a quarter of a second to import, and who filters nothing does without.
        from faceshards.shards.filters.where import matching
        from faceshards.shards.index.lazy_rows import LazyRows

        return matching(LazyRows(self.schema, self.columns), where)

    @cached_property
    def schema(self) -> pa.Schema:
        """Of all columns; none of them is read for it."""
        return joined([part.rows.schema.empty_table() for part in self._parts]).schema

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of all rows; names that no shard knows are left out."""
        found = joined([part.columns(names) for part in self._parts])
        return found.select([name for name in names if name in found.column_names])

    def chosen(self, name: str) -> pa.ChunkedArray:
        """A column of the rows that are chosen."""
        return self.columns([name])[name].take(pa.array(self.rows))

    @property
    def sizes(self) -> list[int]:
        """How many rows each shard has, chosen or not."""
        return [end - first for part in self._parts for first, end in pairwise(part.starts)]

    @property
    def shards(self) -> list[tuple[Place, np.ndarray]]:
        """Each shard, and the numbers there of its rows that are chosen."""
        found, start = [], 0
        for part in self._parts:
            for place, first, end in zip(part.shards, part.starts, part.starts[1:], strict=False):
                a, b = np.searchsorted(self.rows, (start + first, start + end))
                found.append((place, self.rows[a:b] - start - first))
            start += part.starts[-1]
        return found


def _merged(datasets: Sequence[Dataset]) -> list[_Part]:
    """Those of folders that hold no shard of one before them: no shard counts twice."""
    found: list[_Part] = []
    for one in datasets:
        if not any(shard in part.shards for shard in one.shards for part in found):
            found.append(_Part(one, tuple(one.shards), tuple(one.starts.tolist())))
    return found


def _alone(place: Place) -> _Part:
    with Shard(place) as shard:
        return _Part(shard.index.replace_schema_metadata(), (place,), (0, len(shard)))
