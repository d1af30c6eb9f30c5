"""Groups of rows out of a store: spans that hold them, many requests under way at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import replace
from threading import Lock

import numpy as np

from faceshards.errors import StaleIndex
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import DISK, PARALLEL, Link, joined_within
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.storage.files import File, open_file
from faceshards.shards.storage.spans import Span, pieces_of, taken
from faceshards.shards.storage.url import Url

# Fewer bytes say nothing about how fast many come.
_TELLING = 1 << 20
# Bytes of each of the requests that measure the bandwidth.
_PROBE = 128 << 10


class Group:
    """Some bodies, by column the rows that they are of, asked for when this is made."""

    def __init__(self, fetch: Fetch, wanted: Mapping[str, Sequence[int]]) -> None:
        self._fetch = fetch
        bodies = fetch.bodies
        distinct = {column: np.unique(np.asarray(rows, np.int64)) for column, rows in wanted.items()}
        of = {column: bodies.plan.source_of(rows) for column, rows in distinct.items()}
        self._spans: dict[tuple[int, int], tuple[list[int], list[Future[bytes]]]] = {}
        self._extent: dict[tuple[int, str], tuple[int, int, int, int]] = {}
        sources = np.unique(np.concatenate(list(of.values())))
        most = fetch.group_bytes // max(1, len(sources))
        for source in sources.tolist():
            mine = {column: rows[of[column] == source] for column, rows in distinct.items()}
            self._ask(bodies.file(source), source, mine, most)

    def _ask(self, file: File, source: int, wanted: Mapping[str, np.ndarray], most: int) -> None:
        extents = {column: self._fetch.bodies.extents(column) for column in wanted}
        offset = np.concatenate([extents[column].offset[rows] for column, rows in wanted.items()])
        size = np.concatenate([extents[column].size[rows] for column, rows in wanted.items()])
        there = np.flatnonzero(size)
        if not len(there):
            return
        starts, stops, span = joined_within(offset[there], (offset + size)[there], self._fetch.link.gap, most)
        for number, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
            pieces = pieces_of([(start, stop)])
            self._spans[source, number] = [at for at, _ in pieces], self._fetch.ask(file, pieces)
        names = [(row, column) for column, rows in wanted.items() for row in rows.tolist()]
        for at, number in zip(there.tolist(), span.tolist(), strict=True):
            self._extent[names[at]] = source, number, int(offset[at]), int(size[at])

    def read(self, unit: int, column: str) -> bytes | memoryview:
        """A member's body, held against its checksum; empty where the sample lacks it."""
        bodies = self._fetch.bodies
        if (unit, column) not in self._extent:
            return bodies.read(unit, column)
        source, number, offset, size = self._extent[unit, column]
        with suppress(StaleIndex):
            body = self._cut(source, number, offset, size)
            bodies.check(unit, column, body)
            return body
        return bodies.read(unit, column)  # rewritten meanwhile: the next one in its place

    def _cut(self, source: int, number: int, offset: int, size: int) -> bytes | memoryview:
        starts, pieces = self._spans[source, number]
        body = taken(starts, lambda at: pieces[at].result(), offset, offset + size)
        assert body is not None, "a group's spans hold its members"
        return body


class Fetch:
    """Reads groups of rows, of about `group_bytes` each, what lies between members included. `link` says what the way
    to the store costs; its bandwidth is measured on the way.
    """

    def __init__(self, bodies: Bodies, pool: ThreadPoolExecutor, link: Link, group_bytes: int) -> None:
        self.bodies, self.link, self.group_bytes = bodies, link, group_bytes
        self._pool, self._lock = pool, Lock()
        self._under_way = 0

    def group(self, wanted: Mapping[str, Sequence[int]]) -> Group:
        """Asks for some bodies: by column the rows that they are of."""
        return Group(self, wanted)

    def ask(self, file: File, pieces: Sequence[Span]) -> list[Future[bytes]]:
        """Asks for pieces of a shard."""
        return [self._pool.submit(self._piece, file, start, stop - start) for start, stop in pieces]

    def _piece(self, file: File, start: int, size: int) -> bytes:
        with self._lock:
            self._under_way += 1
            beside = self._under_way
        begun = time.monotonic()
        try:
            return self.bodies.span(file, start, size)
        finally:
            seconds = time.monotonic() - begun - self.link.latency
            with self._lock:
                self._under_way -= 1
                if size >= _TELLING and seconds > 0:
                    self.link = replace(self.link, bandwidth=(self.link.bandwidth + beside * size / seconds) / 2)


def measured(plan: Plan) -> Link:
    """The way to the first shard that is in a store, measured as it will be used: `PARALLEL` requests for its head at a
    time, and as many for a part of it; `DISK` where all shards are on this machine.
    """
    # Local or remote decides here: a warm disk would be measured as a fast store, and neighbours joined for nothing.
    source = next((source for source in plan.sources if isinstance(source.place, Url)), None)
    if source is None:
        return DISK
    part = min(_PROBE, source.size // PARALLEL)
    with (
        closing(open_file(source.place, plan.options, source.version)) as file,
        ThreadPoolExecutor(PARALLEL) as pool,
    ):

        def seconds(ask: Callable[[int], object], count: int) -> float:
            begun = time.monotonic()
            list(pool.map(ask, range(count)))
            return time.monotonic() - begun

        def head(_: int) -> object:
            return file.is_current()

        def read(number: int) -> object:
            return file.read(number * part, part)

        heads = [seconds(head, PARALLEL) for _ in range(3)]  # the first opens the connections
        alone = min(seconds(head, 1) for _ in range(2))
        bodies = min(seconds(read, PARALLEL) for _ in range(2))
    request = min(heads) / PARALLEL
    return Link(request, PARALLEL * part / max(bodies - min(heads), 1e-4), alone)
