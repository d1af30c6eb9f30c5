"""The rows of all shards under some paths, as their indexes know them, and which version of each shard that is."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa

from faceshards.shards.datasets import find_shards
from faceshards.shards.index_file import facts_of
from faceshards.shards.merged import Dataset, joined, open_dataset
from faceshards.shards.reader import Shard
from faceshards.shards.stores import Place, RemoteFile, StoreOptions, Url, place

# Indexes that are read from a store at a time.
_MOST_AT_ONCE = 16


@dataclass(frozen=True)
class Source:
    """One version of a shard: its size in bytes, what tells the version from others (of a file the time of its change
    in ns, of an object its ETag), its generation ("" for a foreign tar), its rows and a digest of their keys.
    """

    place: Place
    size: int
    version: int | str | None
    generation: str
    rows: int
    keys: bytes

    @property
    def is_remote(self) -> bool:
        """Whether the shard is in a store."""
        return isinstance(self.place, Url)


def indexes(paths: Sequence[str | Place], options: StoreOptions | None = None) -> tuple[list[Source], pa.Table]:
    """The shards under the paths, each once and in the order of `find_shards`, and one table of their rows, shard after
    shard.

    Folders are read through their merged index. Raises what `find_shards` and the opening of a shard raise.
    """
    shards: list[Place] = find_shards(*paths, options=options)
    known = {source.place: (source, rows) for path in paths for source, rows in _of_folder(place(path))}
    others = [shard for shard in shards if shard not in known]
    with ThreadPoolExecutor(_MOST_AT_ONCE) as pool:
        opened = dict(zip(others, pool.map(partial(source_of, options=options), others), strict=True))
    found = [known.get(shard) or opened[shard] for shard in shards]
    return [source for source, _ in found], joined([rows for _, rows in found])


def source_of(shard: Place, options: StoreOptions | None = None) -> tuple[Source, pa.Table]:
    """The version of a shard that is there now, and its rows."""
    with Shard(shard, options) as opened:
        rows = opened.index.replace_schema_metadata()
        version = version_of(opened)
        generation = facts_of(opened.index.schema)["generation"] or ""
        return Source(shard, opened.nbytes, version, generation, len(opened), keys_digest(rows["key"])), rows


def version_of(shard: Shard) -> int | str | None:
    """What tells the open version of a shard from others."""
    if isinstance(shard.file, RemoteFile):
        return shard.file.version.etag
    return os.fstat(shard.file.fd).st_mtime_ns


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


def _of_folder(path: Place) -> Iterator[tuple[Source, pa.Table]]:
    if not isinstance(path, Path) or not path.is_dir():
        return
    dataset: Dataset = open_dataset(path)
    for number, one in enumerate(dataset.sources):
        rows = dataset.table.slice(int(dataset.starts[number]), one.rows)
        yield Source(path / one.name, one.size, one.mtime_ns, one.generation, one.rows, keys_digest(rows["key"])), rows
