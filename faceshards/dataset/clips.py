"""The clips of a data set, as the indexes of its shards tell them: keys and scalars, no body read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceshards.errors import ShardError, UsageError
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.remote import StoreOptions
from faceshards.shards.storage.sink import check_target
from faceshards.shards.storage.url import Place, place


@dataclass(frozen=True)
class ShardClips:
    """The clips of one version of a shard, in row order: their `keys`, and the `scalars` that were asked for, name ->
    a value a row, None where there is none. `removed`: rows whose clips were removed on request, which say nothing.
    """

    place: Place
    generation: str
    keys: Sequence[str] = field(repr=False)
    columns: frozenset[str] = field(repr=False)
    scalars: Mapping[str, Sequence[Any]] = field(repr=False)
    provenance: Mapping[str, Provenance] = field(repr=False)
    removed: frozenset[int] = frozenset()

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def standing(self) -> list[int]:
        """The rows whose clips are there."""
        return [row for row in range(len(self)) if row not in self.removed]

    def made_by(self, stage: str) -> list[Provenance]:
        """The recipes of this name by which anything of the shard was made."""
        return [made for made in self.provenance.values() if made.stage == stage]


def listed(
    paths: Sequence[str | Place], scalars: Sequence[str] = (), options: StoreOptions | None = None, write: bool = False
) -> list[ShardClips]:
    """The shards under some paths with these scalars of their clips, ordered by name, so that nothing depends on the
    order in which they were named. `write`: they are to be written.

    Raises as `find_shards` and `Shard` do; where they are to be written UsageError for a store that takes no shards,
    and ShardError for a foreign tar.
    """
    if write:
        for one in paths:
            check_target(place(one))
    places = find_shards(*paths, options=options)
    found = [_clips(one, scalars, options, write) for one in places]
    return sorted(found, key=lambda one: (one.place.name, str(one.place)))


def _clips(where: Place, names: Sequence[str], options: StoreOptions | None, write: bool) -> ShardClips:
    with Shard(where, options) as shard:
        if write and shard.front is None:
            raise ShardError(f"{where}: a foreign tar is not rewritten in place: import it first")
        there = {name: shard.index[name].to_pylist() for name in names if name in shard.index.column_names}
        scalars = {name: there.get(name, [None] * len(shard)) for name in names}
        gone = frozenset(np.flatnonzero(~standing(shard.index)).tolist())
        columns = frozenset(shard.columns)
        return ShardClips(where, shard.generation, shard.keys, columns, scalars, shard.provenance, gone)


def check_known(shards: Sequence[ShardClips], name: str, option: str) -> None:
    """Raises UsageError where no clip has a value of a scalar that an option names."""
    if all(value is None for one in shards for value in one.scalars[name]):
        raise UsageError(f"{option} {name}: no clip has this scalar: `faceshards inspect` shows which there are")
