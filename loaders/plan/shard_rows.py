"""The rows of all shards under some paths, as their indexes know them, and which version of each shard that is."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np
import pyarrow as pa

from faceshards.shards.index.catalogue import Catalogue
from faceshards.shards.index.dataset import Dataset
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.joined import joined
from faceshards.shards.index.merged import MemoryRows
from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.url import Place
from faceshards.shards.storage.version import Version

# Indexes that are read from a store at a time.
_MOST_AT_ONCE = 16


@dataclass(frozen=True)
class ShardVersion:
    """One version of a shard: which version of the file or object it is, its generation ("" for a foreign tar), its
    rows and a digest of their keys.
    """

    place: Place
    version: Version
    generation: str
    rows: int
    keys: bytes

    @property
    def size(self) -> int:
        """Bytes of the shard."""
        return self.version.size


@dataclass(frozen=True)
class Indexes:
    """The rows of shards, shard after shard in the order of `sources`: one table, of which a column is read when it is
    asked for. `runs` are what it is joined of.
    """

    sources: list[ShardVersion]
    runs: list[Run]

    @cached_property
    def starts(self) -> np.ndarray:
        """The first row of each shard, and the number of rows: int64 (shards + 1,)."""
        return np.cumsum([0, *(source.rows for source in self.sources)])

    def forget(self) -> None:
        """Gives back the memory of the rows' pages; what is touched again is read again."""
        for run in self.runs:
            run.rows.forget()

    def __len__(self) -> int:
        return int(self.starts[-1])

    @cached_property
    def schema(self) -> pa.Schema:
        """Of all columns."""
        return joined([run.rows.schema.empty_table() for run in self.runs]).schema

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns of all rows; names that no shard knows are left out."""
        names = [name for name in names if name in self.schema.names]
        return joined([run.columns(["key", *names]) for run in self.runs]).select(names)


def indexes(catalogue: Catalogue) -> Indexes:
    """The shards of a catalogue, in its order, and the table of their rows.

    Folders are read through their merged index. Raises what the opening of a shard raises.
    """
    shards, datasets = catalogue.shards, catalogue.datasets()
    known = {piece.source.place: piece for dataset in datasets for piece in _pieces(dataset)}
    others = [shard for shard in shards if shard not in known]
    with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
        opened = dict(zip(others, pool.map(partial(_opened, options=catalogue.options), others), strict=True))
    found = [known.get(shard) or opened[shard] for shard in shards]
    index = Indexes([piece.source for piece in found], _runs(found))
    index.forget()  # every key was read
    return index


@dataclass(frozen=True)
class Run:
    """`count` rows of a data set or of a shard, from `start`."""

    rows: Dataset | MemoryRows
    start: int
    count: int

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Those of some columns that are there."""
        there = [name for name in dict.fromkeys(names) if name in self.rows.schema.names]
        return self.rows.columns(there).slice(self.start, self.count)


@dataclass(frozen=True)
class _Piece:
    """A shard, and where its rows are."""

    source: ShardVersion
    run: Run


def _pieces(dataset: Dataset) -> Iterator[_Piece]:
    keys = dataset.columns(["key"])["key"]
    for one, start in zip(dataset.sources, dataset.starts[:-1].tolist(), strict=True):
        version = Version(one.size, None, one.mtime_ns, one.ctime_ns)
        digest = keys_digest(keys.slice(start, one.rows))
        source = ShardVersion(dataset.folder / one.name, version, one.generation, one.rows, digest)
        yield _Piece(source, Run(dataset, start, one.rows))


def _opened(shard: Place, options: StoreOptions | None) -> _Piece:
    source, rows = source_of(shard, options)
    return _Piece(source, Run(MemoryRows((), rows), 0, source.rows))


def _runs(pieces: Sequence[_Piece]) -> list[Run]:
    """The rows of all pieces, in few runs: neighbours stay together."""
    runs: list[Run] = []
    for run in (piece.run for piece in pieces):
        last = runs[-1] if runs else None
        if last is not None and last.rows is run.rows and last.start + last.count == run.start:
            runs[-1] = Run(last.rows, last.start, last.count + run.count)
        else:
            runs.append(run)
    return runs


def source_of(shard: Place, options: StoreOptions | None = None) -> tuple[ShardVersion, pa.Table]:
    """The version of a shard that is there now, and its rows."""
    with Shard(shard, options) as opened:
        rows = opened.index.replace_schema_metadata()
        generation = stamp_of(opened.index.schema)["generation"] or ""
        return ShardVersion(shard, opened.file.version, generation, len(opened), keys_digest(rows["key"])), rows


def keys_digest(keys: pa.Array | pa.ChunkedArray) -> bytes:
    """A digest of keys (strings) in their order, 16 bytes."""
    array = (keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys).cast(pa.string())
    digest = hashlib.blake2b(digest_size=16)
    if len(array):
        _, offsets, letters = array.buffers()
        ends = np.frombuffer(offsets, np.int32)[array.offset : array.offset + len(array) + 1]
        digest.update((ends - ends[0]).tobytes())
        digest.update(memoryview(letters)[ends[0] : ends[-1]] if letters else b"")
    return digest.digest()
