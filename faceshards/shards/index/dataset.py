"""All rows of a dataset as one table: the indexes of its shards, merged into one Arrow file that is mapped, not read.

`.faceshards.arrow` in the dataset's folder is a cache of a cache: derived from the shards' indexes, believed for every
shard whose name, size and time of change are those that it was made from, made anew for the others. Lost, stale,
unreadable or in a folder that may not be written, it costs time and nothing else.

    row of the table    0 .. n0-1     n0 .. n0+n1-1     ...
    shard               shards[0]     shards[1]         ...      rows of each in its own order
"""

from __future__ import annotations

import json
import mmap
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from faceshards.errors import ShardError, StorageError, UsageError
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.index import open_index
from faceshards.shards.index.table import META
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.find import list_shards
from faceshards.shards.storage.local_file import LocalFile

#: The cache's name in the dataset's folder.
NAME = ".faceshards.arrow"

_FORMAT = 1
# Shards whose rows become one piece of the table: few pieces open fast, small ones are made in memory used before.
_GROUP = 32


@dataclass(frozen=True)
class MergedShard:
    """A shard that rows come from: its path below the folder, bytes, time of change in ns, generation, rows."""

    name: str
    size: int
    mtime_ns: int
    generation: str = ""
    rows: int = 0

    @property
    def version(self) -> tuple[str, int, int]:
        """What tells whether the rows are still those of the shard."""
        return self.name, self.size, self.mtime_ns


class Dataset:
    """The rows of all shards below a folder. `table` has the columns of their indexes, null where a shard lacks one.

    Columns that are not touched are not loaded. `sources` are the shards in the order of their rows.
    """

    def __init__(
        self, folder: Path, sources: Sequence[MergedShard], table: pa.Table, pages: mmap.mmap | None = None
    ) -> None:
        self.folder, self.sources, self.table, self._pages = folder, tuple(sources), table, pages
        self.starts = np.array([0, *accumulate(source.rows for source in sources)], np.int64)

    def __len__(self) -> int:
        return self.table.num_rows

    @property
    def shards(self) -> list[Path]:
        """The shards' paths, in the order of their rows."""
        return [self.folder / source.name for source in self.sources]

    def forget(self) -> None:
        """Gives back the memory of the columns that were touched; they are read again when they are touched again."""
        if self._pages is not None:
            self._pages.madvise(mmap.MADV_DONTNEED)

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
    cached = _cached(folder / NAME)
    if cached is not None and [one.version for one in cached.sources] == [one.version for one in there]:
        return cached
    try:
        _save(folder, _groups(folder, there, cached))
    except _Mixed:
        with suppress(StorageError, OSError):
            _save(folder, [_all(folder, there, cached)])
    except (StorageError, OSError):  # a read-only folder: the rows live in memory
        pass
    made = _cached(folder / NAME)
    if made is None or len(made.sources) != len(there):
        sources, table = _all(folder, there, cached)
        return Dataset(folder, sources, table)
    return made


def _found(folder: Path, name: str) -> MergedShard:
    try:
        status = os.stat(folder / name)
    except FileNotFoundError:
        raise ShardError(f"{folder / name}: the shard is gone since the folder was listed: open it again") from None
    return MergedShard(name, status.st_size, status.st_mtime_ns)


def _cached(path: Path) -> Dataset | None:
    """What the cache holds; None where there is none, or it does not read."""
    sources: list[MergedShard] = []
    batches: list[pa.RecordBatch] = []
    try:
        with path.open("rb") as file:
            pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        reader = pa.ipc.open_file(pa.py_buffer(pages))
        for number in range(reader.num_record_batches):
            part = reader.get_batch_with_custom_metadata(number)
            stamp = json.loads(part.custom_metadata[META])
            sources += [MergedShard(*one) for one in stamp["shards"]]
            batches.append(part.batch)
            if stamp["format"] != _FORMAT:
                return None
        table = pa.Table.from_batches(batches, reader.schema)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None
    whole = sources and sum(source.rows for source in sources) == table.num_rows
    return Dataset(path.parent, sources, table, pages) if whole else None


#: Some shards and their rows.
_Group = tuple[list[MergedShard], pa.Table]


class _Mixed(Exception):
    """The shards' columns or their types differ."""


def _groups(folder: Path, there: Sequence[MergedShard], cached: Dataset | None) -> Iterator[_Group]:
    """The rows of the shards that are there: from the cache where it knows them, else from their indexes."""
    known = {one.version: number for number, one in enumerate(cached.sources)} if cached else {}

    def rows_of(source: MergedShard) -> tuple[MergedShard, pa.Table]:
        if cached is None or source.version not in known:
            return _opened(folder, source)
        number = known[source.version]
        old = cached.sources[number]
        return old, cached.table.slice(int(cached.starts[number]), old.rows)

    for start in range(0, len(there), _GROUP):
        sources, tables = zip(*map(rows_of, there[start : start + _GROUP]), strict=True)
        yield list(sources), joined(tables).combine_chunks()


def _all(folder: Path, there: Sequence[MergedShard], cached: Dataset | None) -> _Group:
    groups = list(_groups(folder, there, cached))
    return [source for sources, _ in groups for source in sources], joined([rows for _, rows in groups])


def _opened(folder: Path, source: MergedShard) -> tuple[MergedShard, pa.Table]:
    with closing(LocalFile(folder / source.name)) as file:
        table = open_index(file)
        version = file.version
    generation = stamp_of(table.schema)["generation"]
    opened = MergedShard(source.name, version.size, version.written_ns, generation, table.num_rows)
    return opened, table.replace_schema_metadata()


def joined(tables: Sequence[pa.Table]) -> pa.Table:
    """One table of all rows, one table after the other. Where shards disagree about a column's type, it is the wider
    number, or else text.
    """
    if all(table.schema == tables[0].schema for table in tables):
        return pa.concat_tables(tables)
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        kinds: dict[str, set[Any]] = {}
        for table in tables:
            for field in table.schema:
                kinds.setdefault(field.name, set()).add(field.type)
        mixed = {name for name, types in kinds.items() if len(types) > 1 and not _is_number(types)}
        return pa.concat_tables([_as_text(table, mixed) for table in tables], promote_options="permissive")


def _is_number(types: set[Any]) -> bool:
    return all(pa.types.is_integer(one) or pa.types.is_floating(one) for one in types)


def _as_text(table: pa.Table, names: set[str]) -> pa.Table:
    for name in names & set(table.column_names):
        table = table.set_column(table.column_names.index(name), name, table[name].cast(pa.string()))
    return table


def _save(folder: Path, groups: Iterable[_Group]) -> None:
    """Writes the cache, a batch a group: one group after the other, so that few are in memory."""
    with AtomicFile(folder / NAME, durable=False) as file:
        with os.fdopen(os.dup(file.fd), "wb") as out:
            writer, schema = None, None
            for sources, rows in groups:
                if writer is None:
                    writer, schema = pa.ipc.new_file(out, rows.schema), rows.schema
                if rows.schema != schema:
                    raise _Mixed
                _write(writer, sources, rows.combine_chunks())
            if writer is not None:
                writer.close()
        file.commit()


def _write(writer: pa.ipc.RecordBatchFileWriter, sources: Sequence[MergedShard], rows: pa.Table) -> None:
    shards = [[one.name, one.size, one.mtime_ns, one.generation, one.rows] for one in sources]
    stamp = json.dumps({"format": _FORMAT, "shards": shards}).encode()
    batches = rows.to_batches() or [pa.RecordBatch.from_pylist([], rows.schema)]
    writer.write_batch(batches[0], custom_metadata={META: stamp})
