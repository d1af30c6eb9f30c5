"""Shards that stay open while a page is made: many clips of one are read, in any order."""

from __future__ import annotations

from contextlib import ExitStack
from types import TracebackType

from faceshards.shards.reader import Shard
from faceshards.shards.storage.url import Place

#: So many are open at a time; the one that was asked for first is closed for the next.
MOST = 32


class OpenShards:
    """A context manager; `open_shards[place]` is the shard, open."""

    def __init__(self) -> None:
        self._open: dict[Place, Shard] = {}

    def __enter__(self) -> OpenShards:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:
            for shard in self._open.values():
                stack.callback(shard.close)

    def __getitem__(self, where: Place) -> Shard:
        """Raises as `Shard` does."""
        if where not in self._open:
            if len(self._open) >= MOST:
                self._open.pop(next(iter(self._open))).close()
            self._open[where] = Shard(where)
        return self._open[where]
