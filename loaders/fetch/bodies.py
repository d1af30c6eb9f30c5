"""The bytes of a plan's members: read from the version of each shard that the plan knows, or from the one that has
replaced it since.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence
from threading import RLock
from typing import Any

import numpy as np
import pyarrow as pa
from fastcrc import crc32

from faceshards.errors import ColumnError, DamagedShard, ShardError, StaleIndex
from faceshards.loaders.plan.extents import Extents, extents_of, keys_of
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.plan.shard_rows import keys_digest
from faceshards.shards.index.standing import standing
from faceshards.shards.reader import Shard
from faceshards.shards.storage.files import File, open_file
from faceshards.shards.storage.remote import Cache

# Shards that are open at a time; each takes two descriptors (the file's and its mapping's), of often 1024 in all.
_MOST_OPEN = 200
# A shard that is rewritten again and again while one member of it is read.
_MOST_MOVES = 5


class Bodies:
    """Reads members by unit and column, in any thread. `bytes_read` and `requests` count.

    A shard that was rewritten since the plan was made is followed to its new generation, where each unit is the same
    sample: reading raises ShardError where it is not.
    """

    def __init__(self, plan: Plan, cache: Cache | None = None) -> None:
        self.plan, self._cache = plan, cache
        self.bytes_read = self.requests = 0
        #: Shards that are kept open.
        self.most_open = _MOST_OPEN
        self._extents, self._moved = plan.extents, False
        self._starts: list[int] = plan.starts.tolist()
        self._open: OrderedDict[int, tuple[File, Shard | None]] = OrderedDict()
        self._lock = RLock()

    def extents(self, column: str) -> Extents:
        """The extents of a column in the shards as they are known now."""
        return self._extents[column]

    def size(self, unit: int, column: str) -> int:
        """Bytes of a member; 0 where the sample has no value there."""
        each = self._extents.get(column)
        return 0 if each is None else int(each.size[unit])

    def has(self, unit: int, column: str) -> bool:
        """Whether a sample has a value in a column. Raises ColumnError where it had one when the plan was made."""
        planned = self.plan.extents.get(column)
        if not self.size(unit, column) and planned is not None and planned.size[unit]:
            raise ColumnError(f"{column} is empty since the shard was rewritten: run its stage again, or plan anew")
        return self.size(unit, column) > 0

    def read(self, unit: int, column: str) -> bytes:
        """A member's body, held against its checksum; empty where the sample has no value there."""
        if not self.has(unit, column):
            return b""
        (body,) = self._read(unit, column, None)
        self.check(unit, column, body)
        return body

    def read_spans(self, unit: int, column: str, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        """Bytes [start, stop) of a member's body, not held against its checksum. Raises ColumnError for an absent
        one.
        """
        if not self.size(unit, column):
            raise ColumnError(f"{self.plan.key(unit)} has no {column!r}")
        return self._read(unit, column, spans)

    def check(self, unit: int, column: str, body: bytes | memoryview) -> None:
        """Holds a body against its checksum. Raises DamagedShard."""
        crc = int(self._extents[column].crc32c[unit])
        if crc >= 0 and crc32.iscsi(body) != crc:
            raise self.damaged(unit, column)

    def damaged(self, unit: int, column: str) -> DamagedShard:
        """The error about a member whose checksum does not hold."""
        shard, _ = self.plan.shard_and_row(unit)
        return DamagedShard(
            f"{shard}, sample {self.plan.key(unit)}: {column} differs from its checksum: restore the shard"
        )

    def _read(self, unit: int, column: str, spans: Sequence[tuple[int, int]] | None) -> list[bytes]:
        source = bisect_right(self._starts, unit) - 1  # for one unit ten times faster than numpy's search
        for _ in range(_MOST_MOVES):
            with self._lock:
                file = self.file(source)
                offset, size = int(self._extents[column].offset[unit]), int(self._extents[column].size[unit])
            wanted = [(0, size)] if spans is None else spans
            if any(stop > size for _, stop in wanted):
                raise DamagedShard(f"{self.plan.key(unit)}.{column} has {size} bytes, its tables speak of more")
            try:
                bodies = [self.span(file, offset + start, stop - start) for start, stop in wanted]
            except StaleIndex:
                self.follow(source)
                continue
            return bodies
        raise ShardError(
            f"{self.plan.sources[source].place}: rewritten {_MOST_MOVES} times while it was read: try later"
        )

    def span(self, file: File, offset: int, size: int) -> bytes:
        """Bytes of a shard, counted where they do not come from the cache."""

        def fetch(start: int, count: int) -> bytes:
            body = file.read(start, count)
            with self._lock:
                self.requests += 1
                self.bytes_read += count
            return body

        if self._cache is None or file.version.etag is None:
            return fetch(offset, size)
        return self._cache.read(file.place, file.version.etag, file.size, offset, size, fetch)

    def count(self, size: int, requests: int) -> None:
        """Counts bytes that were taken from `mapped` memory."""
        self.bytes_read += size
        self.requests += requests

    def file(self, source: int) -> File:
        """An open shard: the version that the extents are of."""
        with self._lock:
            if source not in self._open:
                self._opened(source)
            self._open.move_to_end(source)
            return self._open[source][0]

    def mapped(self, source: int) -> memoryview:
        """All bytes of a shard (on this machine: mapped, not read). Raises DamagedShard where the file was cut since it
        was opened.
        """
        file = self.file(source)
        return file.view(0, file.size)

    def view(self, unit: int, column: str) -> memoryview:
        """A member's body in the mapped memory of its shard, held against its checksum, not counted."""
        data = self.mapped(int(self.plan.source_of(unit)))
        extents = self._extents[column]
        body = data[int(extents.offset[unit]) : int(extents.offset[unit] + extents.size[unit])]
        self.check(unit, column, body)
        return body

    def _opened(self, number: int) -> None:
        source = self.plan.sources[number]
        while len(self._open) >= self.most_open:
            _, (file, _) = self._open.popitem(last=False)
            file.close()
        try:
            self._open[number] = (open_file(source.place, self.plan.options, source.version), None)
        except StaleIndex:
            self.follow(number)

    def follow(self, number: int) -> None:
        """Moves on to the version of a shard that is there now. Raises ShardError where other samples stand in it."""
        source = self.plan.sources[number]
        with self._lock:
            shard = Shard(source.place, self.plan.options)
            stand = standing(shard.index)
            if not self._holds_the_same(shard, number, stand):
                shard.close()
                raise ShardError(f"{source.place}: another shard with other samples stands here now: plan anew")
            units = self.plan.units_of(number)
            if not self._moved:
                self._extents = {name: each.copy() for name, each in self._extents.items()}
                self._moved = True
            for column, each in self._extents.items():
                mine = extents_of(shard.index, column, self.plan.rows[number])
                mine.size[~stand[self.plan.rows[number]]] = 0  # removed meanwhile: a fault, as any sample without value
                each.offset[units], each.size[units], each.crc32c[units] = mine.offset, mine.size, mine.crc32c
            if number in self._open:
                self._open.pop(number)[0].close()
            self._open[number] = (shard.file, shard)

    def _holds_the_same(self, shard: Shard, number: int, stand: np.ndarray) -> bool:
        """Whether each planned row is the sample that it was, or was removed since, which may take its key, too."""
        source, rows = self.plan.sources[number], self.plan.rows[number]
        if len(shard) != source.rows or keys_digest(shard.index["key"]) == source.keys:
            return len(shard) == source.rows
        left = np.flatnonzero(stand[rows])
        planned = self.plan.keys[self.plan.units_of(number)].take(pa.array(left))
        return not stand.all() and keys_of(shard.index, rows[left]).equals(planned)

    def close(self) -> None:
        """Closes the open shards."""
        while self._open:
            file, _ = self._open.popitem()[1]
            file.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_open": OrderedDict(), "_lock": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._lock = RLock()
        self._extents, self._moved = self.plan.extents, False
