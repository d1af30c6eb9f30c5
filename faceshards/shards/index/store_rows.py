"""The rows of many shards of a store as one table, kept on this machine: a shard's index is read once, and again when
the shard is another version.

`~/.cache/faceshards/indexes/DIGEST.arrow` (`XDG_CACHE_HOME` in place of `~/.cache`) is in the form of `index.merged`;
the digest is of the shards' URLs. Of each shard it says which version its rows are of: bytes and ETag, as the store
lists them. It is a cache of a cache: lost, damaged or not to be written, it costs time and nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pyarrow as pa

from faceshards.errors import StorageError
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.index import front_of, open_index
from faceshards.shards.index.joined import joined
from faceshards.shards.index.merged import (
    MemoryRows,
    MergedRows,
    MergedShard,
    UntrueMergedIndex,
    open_merged,
    starts_of,
    write_merged,
)
from faceshards.shards.storage.atomic import AtomicFile
from faceshards.shards.storage.remote import RemoteFile, StoreOptions, open_store
from faceshards.shards.storage.url import WEB, Url

#: Fewer shards are read each time.
LEAST = 8
# Data sets that are kept, those that were not looked at for longest go first; indexes that are read at a time.
_MOST_KEPT, _AT_ONCE = 8, 16


class StoreRows:
    """The rows of `shards`, in their order, each in its own: `schema`, `columns`, and where each shard's rows start,
    `starts`, int64 (shards + 1,).
    """

    def __init__(self, shards: Sequence[Url], options: StoreOptions | None) -> None:
        self._shards, self._options = shards, options
        self._use(_opened(shards, options))

    def _use(self, rows: MergedRows) -> None:
        self._rows = rows
        self.schema: pa.Schema = rows.schema
        self.starts: np.ndarray = starts_of(rows.sources)

    def columns(self, names: Sequence[str]) -> pa.Table:
        """Some columns, held against their checksums; of a file that turns out damaged, read anew from the store."""
        try:
            return self._rows.columns(names)
        except UntrueMergedIndex:
            self._use(_read(self._shards, _there(self._shards, self._options), {}, self._options))
            return self._rows.columns(names)


def kept(shards: Sequence[Url], options: StoreOptions | None = None) -> StoreRows | None:
    """The rows of shards of stores that list their objects; None for few, or where one is on a web server.

    Raises what the opening of a shard raises.
    """
    if len(shards) < LEAST or any(shard.scheme in WEB for shard in shards):
        return None
    return StoreRows(shards, options)


def _opened(shards: Sequence[Url], options: StoreOptions | None) -> MergedRows:
    there = _there(shards, options)
    path = _folder() / f"{hashlib.sha256(chr(10).join(map(str, shards)).encode()).hexdigest()[:32]}.arrow"
    held = open_merged(path)
    if held is not None and [one.version for one in held.sources] == [one.version for one in there]:
        with suppress(OSError):
            os.utime(path)
        return held
    known: dict[tuple[str, int, int, int], tuple[MergedShard, pa.Table]] = {}
    with suppress(UntrueMergedIndex):
        if held is not None:
            table, starts = held.columns(held.schema.names), starts_of(held.sources)
            known = {
                one.version: (one, table.slice(int(start), one.rows))
                for one, start in zip(held.sources, starts[:-1], strict=True)
            }
    rows = _read(shards, there, known, options)
    with suppress(StorageError, OSError):
        _save(path, rows)
    return rows


def _there(shards: Sequence[Url], options: StoreOptions | None) -> list[MergedShard]:
    """The shards as they stand in the store: a list of each prefix. One that is not there has no bytes."""
    found: dict[Url, tuple[int, str]] = {}
    for above in dict.fromkeys(shard.parent for shard in shards):
        for key, version in open_store(above.root, options or StoreOptions()).list(above.key):
            found[Url(above.root, key)] = version.size, version.etag or str(version.written_ns)
    return [MergedShard(str(one), size, _number(etag), 0) for one in shards for size, etag in [found.get(one, (0, ""))]]


def _number(etag: str) -> int:
    """An ETag as a number, which stands where the merged index has a file's time."""
    return int.from_bytes(hashlib.sha256(etag.encode()).digest()[:7], "big")


def _read(
    shards: Sequence[Url],
    there: Sequence[MergedShard],
    known: dict[tuple[str, int, int, int], tuple[MergedShard, pa.Table]],
    options: StoreOptions | None,
) -> MemoryRows:
    """The rows of the versions that are there: those that are known, all others from the store."""

    def rows_of(shard: Url, now: MergedShard) -> tuple[MergedShard, pa.Table]:
        if now.version in known:
            return known[now.version]
        file = RemoteFile(shard, options)
        table = open_index(file, front_of(file))
        read = MergedShard(now.name, now.size, now.mtime_ns, 0, stamp_of(table.schema)["generation"], table.num_rows)
        if _number(file.version.etag or str(file.version.written_ns)) != now.mtime_ns:  # written since it was listed
            read = MergedShard(now.name, -1, 0, 0, read.generation, read.rows)
        return read, table.replace_schema_metadata()

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        sources, tables = zip(*pool.map(rows_of, shards, there), strict=True)
    return MemoryRows(tuple(sources), joined(tables))


def _save(path: Path, rows: MemoryRows) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with AtomicFile(path, durable=False) as file:
        with os.fdopen(os.dup(file.fd), "wb") as out:
            write_merged(out, rows.schema, [(rows.sources, rows.table)])
        file.commit()
    _tidy(path.parent.glob("*.arrow"))


def _tidy(files: Iterable[Path]) -> None:
    for file in sorted(files, key=lambda one: one.stat().st_mtime_ns, reverse=True)[_MOST_KEPT:]:
        file.unlink(missing_ok=True)


def _folder() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "faceshards" / "indexes"
