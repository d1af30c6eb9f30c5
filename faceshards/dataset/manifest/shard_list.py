"""The shards of a data set by names that are the same wherever it lies."""

from __future__ import annotations

from collections.abc import Sequence

from faceshards.errors import UsageError
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.url import Place, place


def named_shards(paths: Sequence[str | Place]) -> dict[str, Place]:
    """Name -> shard, each once: its path below the folder or prefix that was named, behind that one's own name where
    several are; of a shard that was named itself its file name.

    Raises UsageError for two shards of one name, and as `find_shards` does.
    """
    found: dict[str, Place] = {}
    for path in paths:
        base = place(path)
        for shard in find_shards(base):
            name = _name(shard, base, several=len(paths) > 1)
            if found.setdefault(name, shard) != shard and shard not in found.values():
                raise UsageError(f"{shard} and {found[name]} would both be {name}: name the folder that holds both")
    return found


def _name(shard: Place, base: Place, several: bool) -> str:
    if shard == base:
        return shard.name
    below = str(shard).removeprefix(str(base)).strip("/")
    return f"{base.name}/{below}" if several and base.name else below
