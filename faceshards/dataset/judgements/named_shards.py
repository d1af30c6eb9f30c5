"""What shards are called in a file that leaves its machine: by their path below the folder that was named."""

from __future__ import annotations

from collections.abc import Sequence

from faceshards.errors import UsageError
from faceshards.shards.storage.url import Place, place


class NamedShards:
    """The names of shards, of which each lies below one of `roots`, or is one."""

    def __init__(self, roots: Sequence[str | Place], shards: Sequence[Place]) -> None:
        self._roots = [f"{place(root)}".rstrip("/") + "/" for root in roots]
        self._shards = {str(one): one for one in shards}

    def of(self, shard: Place) -> str:
        """The name of a shard: `VFHQ/000.tar` of `train_set/VFHQ/000.tar` below `train_set`."""
        whole = str(shard)
        below = [whole.removeprefix(root) for root in self._roots if whole.startswith(root)]
        return min(below, key=len, default=shard.name)

    def find(self, name: str) -> Place:
        """The shard of that name; where another folder was named then, the only one whose path ends alike. Raises
        UsageError where there is none, or several.
        """
        parts = name.strip("/").split("/")
        for ending in ("/".join(parts), parts[-1]):
            found = [one for whole, one in self._shards.items() if f"/{whole}".endswith(f"/{ending}")]
            if len(found) == 1:
                return found[0]
            if found:
                raise UsageError(
                    f"shard {name!r}: {len(found)} of these are called so ({found[0]}, {found[1]}): name the folder "
                    "that was named when it was written"
                )
        raise UsageError(f"shard {name!r}: none of these is called so: name the folder that holds it")
