"""The shards that are looked at, as one run of rows: which shard a row stands in, and the shard, open."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from faceshards.dataset.stats.indexed_rows import IndexedRows
from faceshards.errors import FaceshardsError, UsageError
from faceshards.shards.index.catalogue import Catalogue, catalogued
from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place, Url, place
from faceshards.viewer.pages.readable import readable

if TYPE_CHECKING:
    from faceshards.shards.index.lazy_rows import LazyRows

#: Shards that are held open.
MOST_OPEN = 32
#: Seconds for which an object of a store is taken to be what it was: each look is a request.
_TRUSTED = 2.0


class Collection:
    """All rows of the shards under some paths, numbered from 0 on in the order of the shards. `rows`, int64: those that
    may be looked at: they stand, and match `where`. `broken`: shards that do not open, and why; they have no rows here.

    Paths are those that they are now, wherever the process goes; one that is named twice counts once. Raises as
    `readable` does. Safe to use from several threads.
    """

    def __init__(self, paths: Sequence[str | Place], where: str | None = None) -> None:
        self.paths: list[str | Place] = [*dict.fromkeys(map(_absolute, paths))]
        self.where = where
        catalogue = catalogued(self.paths)
        self._version = _version(catalogue)
        self._rows, self.broken = readable(catalogue, where)
        self.rows = self._rows.rows
        self.places = [place for place, _ in self._rows.shards]
        self.starts = np.cumsum([0, *self._rows.sizes])
        self._over: dict[str, tuple[pa.DataType, Callable[[], pa.Array | pa.ChunkedArray]]] = {}
        self.unlisted: set[str] = set()
        self.changes = 0
        self._open: OrderedDict[int, tuple[Shard, float]] = OrderedDict()
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

    def lay_over(
        self, name: str, kind: pa.DataType, values: Callable[[], pa.Array | pa.ChunkedArray], listed: bool = True
    ) -> None:
        """A column of all rows that stands in no shard, or in place of the one that does: filters and orders see it.
        `values` are asked for whenever it is. One that is not `listed` is for those who know its name.
        """
        self._over[name] = (kind, values)
        if not listed:
            self.unlisted.add(name)

    def changed(self) -> None:
        """Something changed in a column that is laid over: `changes` counts it, for those who hold what hangs on it."""
        self.changes += 1

    def moves(self, text: str) -> bool:
        """Whether a filter, or a scalar's name, speaks of a column that may change."""
        return any(name in text for name in self._over)

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
        from faceshards.shards.index.lazy_rows import LazyRows

        return LazyRows(self.schema, self.columns)

    def is_current(self) -> bool:
        """Whether the same shards stand under the paths, on a disk also of the same bytes: a look at the folders."""
        try:
            return _version(catalogued(self.paths)) == self._version
        except FaceshardsError:
            return False

    def locate(self, row: int) -> tuple[Shard, int]:
        """The shard of a row, open, and its row there. Raises UsageError for a row that may not be looked at, or in
        whose place another sample stands by now; and what the opening of a shard raises.
        """
        if not self.shows(row):
            raise UsageError(f"row {row}: no row of what is looked at")
        number = int(np.searchsorted(self.starts, row, side="right")) - 1
        shard, there = self._shard(number), int(row - self.starts[number])
        if there >= len(shard) or shard.keys[there] != self._rows.columns(["key"])["key"][row].as_py():
            raise UsageError(f"{shard.path.name} was replaced by a shard of other samples: open the page again")
        return shard, there

    def shows(self, row: int) -> bool:
        """Whether a row is there, stands, and matches the filter that the viewer was begun with."""
        at = int(np.searchsorted(self.rows, row))
        return at < len(self.rows) and int(self.rows[at]) == row

    def _shard(self, number: int) -> Shard:
        """A shard, open; one that was rewritten meanwhile is opened again. Who still reads one that is let go, reads
        on: it is closed with its last user.
        """
        with self._lock:
            held, seen = self._open.pop(number, (None, 0.0))
        now = time.monotonic()
        if held is None or not (_is_trusted(held, now - seen) or held.is_current()):
            held, seen = Shard(self.places[number]), now
        elif not _is_trusted(held, now - seen):
            seen = now
        with self._lock:
            self._open[number] = held, seen
            while len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)
        return held


def _is_trusted(shard: Shard, seconds: float) -> bool:
    return isinstance(shard.path, Url) and seconds < _TRUSTED


def _absolute(path: str | Place) -> Place:
    """A place that does not depend on the working directory; without `..`, which links may lead astray."""
    there = place(path)
    return Path(os.path.abspath(there)) if isinstance(there, Path) else there


def _version(catalogue: Catalogue) -> list[tuple[Place, int, int]]:
    """What tells that the shards are others: of each its place, and on a disk its bytes and its time of change, in ns.

    Raises nothing: one that went since has no bytes.
    """
    return [(shard, *_status(shard)) for shard in catalogue.shards]


def _status(shard: Place) -> tuple[int, int]:
    try:
        status = os.stat(shard) if isinstance(shard, Path) else None
    except OSError:
        status = None
    return (status.st_size, status.st_mtime_ns) if status else (0, 0)
