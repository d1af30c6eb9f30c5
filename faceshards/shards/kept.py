"""Small members of a shard in a store, read at once: a request for each of a thousand rows would take its time."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import closing
from itertools import accumulate

from faceshards.shards.reader import Shard
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.remote import Cache

# Bytes from one member to the next from which on a block of the cache for each would bring many times their bytes.
_FAR = 512 * 1024


def keep(shard: Shard, column: str, rows: Sequence[int]) -> None:
    """Reads a column's small members of these rows of a shard that has a cache; `Shard.read` gives them then. Nothing
    happens to a shard without one. Members that lie far apart are kept in the cache by themselves, without the blocks
    around them, for the next process of this machine that asks for the same.
    """
    if shard.cache is None:
        return
    extents = [shard.extent(row, column) for row in rows]
    places = [(one.offset, one.size) for one in extents]
    bodies = shard.file.read_many(places) if len(rows) * _FAR > shard.nbytes else _apart(shard, shard.cache, places)
    shard.kept |= {(row, column): body for row, body in zip(rows, bodies, strict=True)}


def _apart(shard: Shard, cache: Cache, places: list[tuple[int, int]]) -> list[bytes]:
    """Members at these (offset, size): as one object of the cache's, whose name says which they are."""
    etag, sizes = shard.file.version.etag, [size for _, size in places]

    def read() -> list[bytes]:
        with closing(open_file(shard.path, shard.options, shard.file.version)) as apart:
            return apart.read_many(places)

    if etag is None or not sum(sizes):
        return read()
    which = hashlib.blake2b(str(places).encode(), digest_size=8).hexdigest()
    name, total = shard.path.with_name(f"{shard.path.name}.{which}"), sum(sizes)
    body = cache.read(name, etag, total, 0, total, lambda start, count: b"".join(read())[start : start + count])
    ends = list(accumulate(sizes))
    return [body[end - size : end] for end, size in zip(ends, sizes, strict=True)]
