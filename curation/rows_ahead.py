"""The samples of a shard in a store, fetched before they are worked on: in the order of the file, in large requests
that share no block of the cache, so that no byte is asked for twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from threading import Lock

import numpy as np

from faceshards.shards.reader import Shard
from faceshards.shards.storage.remote.cache import BLOCK

# Blocks of a request, requests that are under way or waited for by nobody yet, and those that are made side by side.
_BLOCKS, _AHEAD, _AT_ONCE = 128, 8, 4


class RowsAhead:
    """Fetches these rows of a shard that has a cache; `ready` waits for one. Use as a context manager."""

    def __init__(self, shard: Shard, rows: Sequence[int]) -> None:
        self._shard, self._lock = shard, Lock()
        self._spans = list(_grouped(sorted(_span(shard, row) for row in rows)))
        self._starts = np.array([start for start, _ in self._spans])
        self._pool = ThreadPoolExecutor(_AT_ONCE, "faceshards-ahead")
        self._fetched: list[Future[None]] = []

    def ready(self, row: int) -> None:
        """Returns when all of a row is here. Raises what reading it raises."""
        start, stop = _span(self._shard, row)
        first, last = np.searchsorted(self._starts, [start, stop - 1], "right") - 1
        self._begin(int(last) + _AHEAD)
        for fetched in self._fetched[first : last + 1]:
            fetched.result()

    def _begin(self, end: int) -> None:
        with self._lock:
            for start, stop in self._spans[len(self._fetched) : end]:
                self._fetched.append(self._pool.submit(partial(self._fetch, start, stop)))

    def _fetch(self, start: int, stop: int) -> None:
        self._shard.file.read(start * BLOCK, min(stop * BLOCK, self._shard.nbytes) - start * BLOCK)

    def __enter__(self) -> RowsAhead:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)


def _span(shard: Shard, row: int) -> tuple[int, int]:
    """The blocks [first, last) in which a row's members stand."""
    found = [shard.extent(row, name) for name in shard.columns]
    start, stop = min(one.offset for one in found), max(one.offset + one.size for one in found)
    return start // BLOCK, max(start // BLOCK + 1, -(-stop // BLOCK))


def _grouped(spans: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The blocks of ascending spans, each once, in runs of `_BLOCKS` at most."""
    end, begin = -1, -1
    for start, stop in spans:
        start = max(start, end)
        if begin < 0 or start > end:
            if begin >= 0:
                yield begin, end
            begin = start
        end = max(end, stop)
        while end - begin > _BLOCKS:
            yield begin, begin + _BLOCKS
            begin += _BLOCKS
    if end > begin >= 0:
        yield begin, end
