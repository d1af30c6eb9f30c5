"""Small members of a shard in a store, read at once: a request for each of a thousand rows would take its time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from faceshards.shards.reader import Shard
from faceshards.shards.storage.files import open_file

# Bytes from one member to the next from which on a block of the cache for each would bring many times their bytes.
_FAR = 512 * 1024


def keep(shard: Shard, column: str, rows: Sequence[int]) -> None:
    """Reads a column's small members of these rows of a shard that has a cache; `Shard.read` gives them then. Nothing
    happens to a shard without one. Members that lie far apart go past the cache.
    """
    if shard.cache is None:
        return
    extents = [shard.extent(row, column) for row in rows]
    places = [(one.offset, one.size) for one in extents]
    if len(rows) * _FAR > shard.nbytes:
        bodies = shard.file.read_many(places)
    else:
        with closing(open_file(shard.path, shard.options, shard.file.version)) as apart:
            bodies = apart.read_many(places)
    shard.kept |= {(row, column): body for row, body in zip(rows, bodies, strict=True)}
