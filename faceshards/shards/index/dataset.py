"""All rows of a dataset as one table: the indexes of its shards, merged into one file that is mapped, not read.

`.faceshards.arrow` in the dataset's folder is a cache of a cache (`index.merged` is its form): derived from the shards'
indexes, believed for every shard whose name, size and times of change are those that it was made from, and for one
whose front record still names the generation; made anew for the others. Lost, stale, damaged or in a folder that may
not be written, it costs time and nothing else.

    row of the table    0 .. n0-1     n0 .. n0+n1-1     ...
    shard               shards[0]     shards[1]         ...      rows of each in its own order
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from faceshards.errors import ShardError, StorageError, UsageError
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.index import front_of, open_index
from faceshards.shards.index.joined import joined
from faceshards.shards.index.merged import (
    MemoryRows,
    MergedFile,
    MergedRows,
    MergedShard,
    UntrueMergedIndex,
    open_merged,
    starts_of,
    write_merged,
)
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.find import list_shards
from faceshards.shards.storage.local_file import LocalFile

#: The cache's name in the dataset's folder.
NAME = ".faceshards.arrow"

# Shards whose rows become one piece of each column: few pieces open fast, small ones are made in memory used before.
_GROUP = 32


class Dataset:
    """The rows of all shards below a folder: the columns of their indexes, null where a shard lacks one.

    Columns that are not asked for are not loaded. A cache that turns out damaged when a column is first asked for is
    made anew on the spot. `sources` are the shards in the order of their rows.
    """

    def __init__(self, folder: Path, rows: MergedRows) -> None:
        self.folder, self._rows = folder, rows
        self.sources = rows.sources
        self.schema: pa.Schema = rows.schema
        self.starts = starts_of(rows.sources)

    def __len__(self) -> int:
        return int(self.starts[-1])

    @property
    def shards(self) -> list[Path]:
        """The shards' paths, in the order of their rows."""
        return [self.folder / source.name for source in self.sources]

    @property
    def table(self) -> pa.Table:
        """All columns; a few of many come faster by `columns`."""
        return self.columns(self.schema.names)

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns, held against their checksums. Raises ShardError where the cache is damaged and the shards are
        no longer those whose rows it held.
        """
        for saved in (True, False):  # what was just written may be damaged, too, on a disk that fails
            try:
                return self._rows.columns(names)
            except UntrueMergedIndex:
                self._rows = self._anew(saved)
        return self._rows.columns(names)

    def _anew(self, saved: bool) -> MergedRows:
        """The same rows, from the shards' own indexes."""
        there = [_found(self.folder, source.name) for source in self.sources]
        rows = _merged(self.folder, there, None) if saved else _in_memory(self.folder, there, None)
        now, then = ([(one.name, one.generation, one.rows) for one in these] for these in (rows.sources, self.sources))
        if now != then or rows.schema.names != self.schema.names:
            raise ShardError(f"{self.folder}: a shard was replaced while the folder was read: open it again")
        return rows

    def forget(self) -> None:
        """Gives back the memory of the columns that were touched; they are read again when they are touched again."""
        self._rows.forget()

    def place(self, row: int) -> tuple[Path, int]:
        """The shard of a row, and its row there. Raises UsageError for a row that is not there."""
        if not 0 <= row < len(self):
            raise UsageError(f"{self.folder}: rows 0 to {len(self) - 1}, not {row}")
        shard = int(np.searchsorted(self.starts, row, side="right")) - 1
        return self.folder / self.sources[shard].name, int(row - self.starts[shard])


def open_dataset(folder: str | Path, names: Sequence[str] | None = None) -> Dataset:
    """The rows of all shards below a folder, in the order of `find_shards`; `names` are those that a listing found.

    Raises UsageError where there is no shard, ShardError where one is gone since, and what `index.open_index` raises
    for one whose index cannot be made.
    """
    folder = Path(folder)
    there = [_found(folder, name) for name in (list_shards(folder)[0].names if names is None else names)]
    cached = open_merged(folder / NAME)
    if cached is not None and [one.version for one in cached.sources] == [one.version for one in there]:
        return Dataset(folder, cached)
    try:
        return Dataset(folder, _merged(folder, there, cached))
    except UntrueMergedIndex:
        return Dataset(folder, _merged(folder, there, None))


def _found(folder: Path, name: str) -> MergedShard:
    try:
        status = os.stat(folder / name)
    except FileNotFoundError:
        raise ShardError(f"{folder / name}: the shard is gone since the folder was listed: open it again") from None
    return MergedShard(name, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


#: Some shards and their rows.
_Group = tuple[Sequence[MergedShard], pa.Table]


class _Mixed(Exception):
    """The shards' columns or their types differ."""


def _merged(folder: Path, there: Sequence[MergedShard], cached: MergedFile | None) -> MergedRows:
    """The rows of the shards that are there, saved where that may be. Raises UntrueMergedIndex for a damaged cache."""
    try:
        _save(folder, _alike(_groups(folder, there, cached)))
    except _Mixed:
        with suppress(StorageError, OSError):
            rows = _in_memory(folder, there, cached)
            _save(folder, iter([(rows.sources, rows.table)]))
    except (StorageError, OSError):  # a read-only folder: the rows live in memory
        return _in_memory(folder, there, cached)
    made = open_merged(folder / NAME)
    if made is None or [one.name for one in made.sources] != [one.name for one in there]:
        return _in_memory(folder, there, cached)
    return made


def _in_memory(folder: Path, there: Sequence[MergedShard], cached: MergedFile | None) -> MemoryRows:
    groups = list(_groups(folder, there, cached))
    return MemoryRows(
        tuple(source for sources, _ in groups for source in sources), joined([rows for _, rows in groups])
    )


def _groups(folder: Path, there: Sequence[MergedShard], cached: MergedFile | None) -> Iterator[_Group]:
    """The rows of the shards that are there: from the cache where it knows them, else from their indexes."""
    rows_of = partial(_rows_of, folder, known=_known(cached))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for start in range(0, len(there), _GROUP):
            sources, tables = zip(*pool.map(rows_of, there[start : start + _GROUP]), strict=True)
            yield sources, joined(tables).combine_chunks()


def _known(cached: MergedFile | None) -> dict[str, tuple[MergedShard, pa.Table]]:
    """Name -> shard and its rows in a cache. Raises UntrueMergedIndex."""
    if cached is None:
        return {}
    table, starts = cached.columns(cached.schema.names), starts_of(cached.sources)
    slices = (table.slice(int(start), one.rows) for one, start in zip(cached.sources, starts[:-1], strict=True))
    return {one.name: (one, rows) for one, rows in zip(cached.sources, slices, strict=True)}


def _rows_of(
    folder: Path, there: MergedShard, *, known: dict[str, tuple[MergedShard, pa.Table]]
) -> tuple[MergedShard, pa.Table]:
    """A shard and its rows. Where only its times are others, its front record tells whether the rows are still its
    own: a copy of a data set costs no more.
    """
    old, rows = known.get(there.name, (None, None))
    if old is not None and old.version == there.version:
        return old, rows
    with closing(LocalFile(folder / there.name)) as file:
        version = file.version
        now = replace(there, size=version.size, mtime_ns=version.written_ns, ctime_ns=version.changed_ns)
        front = front_of(file)
        if old is not None and front is not None and (front.generation, front.length) == (old.generation, old.size):
            return replace(now, generation=old.generation, rows=old.rows), rows
        table = open_index(file, front)
    generation = stamp_of(table.schema)["generation"]
    return replace(now, generation=generation, rows=table.num_rows), table.replace_schema_metadata()


def _alike(groups: Iterable[_Group]) -> Iterator[_Group]:
    """The same groups. Raises _Mixed where their columns differ."""
    schema = None
    for sources, rows in groups:
        if schema is not None and rows.schema != schema:
            raise _Mixed
        schema = rows.schema
        yield sources, rows


def _save(folder: Path, groups: Iterator[_Group]) -> None:
    """Writes the cache."""
    with AtomicFile(folder / NAME, durable=False) as file:
        with os.fdopen(os.dup(file.fd), "wb") as out:
            first = next(groups)
            write_merged(out, first[1].schema, chain([first], groups))
        file.commit()
