"""The shards that are looked at, as one run of rows: which shard a row stands in, and the shard, open."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import pyarrow as pa

from faceshards.dataset.stats.indexed_rows import IndexedRows
from faceshards.errors import UsageError
from faceshards.shards.index.lazy_rows import LazyRows
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place

#: Shards that are held open.
MOST_OPEN = 32


class Collection:
    """All rows of the shards under some paths, numbered from 0 on in the order of the shards. `rows`, int64: those that
    may be looked at: they stand, and match `where`.

    Raises as `IndexedRows` does. Safe to use from several threads.
    """

    def __init__(self, paths: Sequence[str | Place], where: str | None = None) -> None:
        self.paths, self.where = list(paths), where
        self._rows = IndexedRows(paths, where)
        self.rows = self._rows.rows
        self.places = [place for place, _ in self._rows.shards]
        self.starts = np.cumsum([0, *self._rows.sizes])
        self._over: dict[str, tuple[pa.DataType, Callable[[], pa.Array | pa.ChunkedArray]]] = {}
        self._open: OrderedDict[int, Shard] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def schema(self) -> pa.Schema:
        """Of all columns of the indexes, and of those that are laid over them."""
        own = [field for field in self._rows.schema if field.name not in self._over]
        return pa.schema([*own, *(pa.field(name, kind) for name, (kind, _) in self._over.items())])

    @property
    def stored(self) -> IndexedRows:
        """The rows as the indexes have them."""
        return self._rows

    def lay_over(self, name: str, kind: pa.DataType, values: Callable[[], pa.Array | pa.ChunkedArray]) -> None:
        """A column of all rows that stands in no shard, or in place of the one that does: filters and orders see it.
        `values` are asked for whenever it is.
        """
        self._over[name] = (kind, values)

    @property
    def removed(self) -> int:
        """How many rows are tombstones."""
        return self._rows.removed

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of all rows; names that no shard knows are left out."""
        found = self._rows.columns([name for name in names if name not in self._over])
        over = {name: self._over[name][1]() for name in names if name in self._over}
        if not over:
            return found
        held = {name: found[name] for name in found.column_names} | over
        return pa.table({name: held[name] for name in dict.fromkeys(names) if name in held})

    @property
    def table(self) -> LazyRows:
        """All rows, for a filter: of the columns that it names."""
        return LazyRows(self.schema, self.columns)

    def locate(self, row: int) -> tuple[Shard, int]:
        """The shard of a row, open, and its row there. Raises UsageError for a row that may not be looked at."""
        if not self.shows(row):
            raise UsageError(f"row {row}: no row of what is looked at")
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self._shard(number), int(row - self.starts[number])

    def shows(self, row: int) -> bool:
        """Whether a row is there, stands, and matches the filter that the viewer was begun with."""
        at = int(np.searchsorted(self.rows, row))
        return at < len(self.rows) and int(self.rows[at]) == row

    def _shard(self, number: int) -> Shard:
        """A shard, open; one that was rewritten meanwhile is opened again. Who still reads one that is let go, reads
        on: it is closed with its last user.
        """
        with self._lock:
            held = self._open.pop(number, None)
        if held is None or not held.is_current():
            held = Shard(self.places[number])
        with self._lock:
            self._open[number] = held
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return held
