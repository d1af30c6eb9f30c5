"""Spills in a store: what workers have finished of a shard there, in objects of a few clips each.

    .NAME.work/GENERATION/spill.RUN.WORKER.PART    as spill.py says, whole records only
    .NAME.work/GENERATION/journal.HOST             the lines of journals that later runs must know
    .NAME.work/GENERATION/run                      the run that has taken the shard up

An object appears whole or not at all, so that a kill costs the clips in flight and those of the part that was being
filled. What stands below another generation belongs to a shard that is gone, and is removed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from faceshards.curation.spill import Finished, Spill
from faceshards.curation.spills import LocalSpill
from faceshards.shards.storage.extent import Extent, RemoteExtent
from faceshards.shards.storage.remote import (
    Cache,
    NoObject,
    RemoteFile,
    Sliced,
    Store,
    StoreOptions,
    Version,
    open_store,
)
from faceshards.shards.storage.url import Url

#: Clips of a part, and bytes at which it goes up with fewer. With four clips in flight a kill costs twelve at most.
CLIPS, BYTES = 4, 64 << 20
_SPILL, _JOURNAL, _RUN = "spill.", "journal.", "run"
# The parts of a process: one that is in the store already is not written over.
_PARTS = count()


@dataclass(frozen=True)
class StoredSpill:
    """A part in a store, of which it is known which version it is."""

    name: str
    file: RemoteFile

    @property
    def size(self) -> int:
        """Bytes of the object."""
        return self.file.size

    def read(self, offset: int, size: int) -> bytes:
        """Bytes [offset, offset + size)."""
        return self.file.read(offset, size)

    def extent(self, offset: int, size: int, crc32c: int) -> Extent:
        """A body."""
        return RemoteExtent(Sliced(self.file), offset, size, crc32c)


class SpillStore:
    """What is finished of one generation of a shard in a store."""

    def __init__(self, shard: Url, generation: str, cache: Cache) -> None:
        self._all = shard.with_name(f".{shard.stem}.work")
        self._mine, self._cache = self._all / generation, cache
        self._store: Store = open_store(shard.root, StoreOptions())

    def names(self) -> dict[str, Version]:
        """The objects of this generation, by name."""
        above = len(self._mine.key) + 1
        return {key[above:]: version for key, version in self._store.list(self._mine.key)}

    def is_begun(self) -> bool:
        """Whether anything is there, of any generation."""
        return any(True for _ in self._store.list(self._all.key))

    def spills(self) -> list[StoredSpill]:
        """The parts that are there."""
        found = [(name, version) for name, version in self.names().items() if name.startswith(_SPILL)]
        return [StoredSpill(name, RemoteFile(self._mine / name, None, version, self._cache)) for name, version in found]

    def journals(self) -> list[bytes]:
        """What journals of earlier runs said, in the order of their names."""
        names = sorted(name for name in self.names() if name.startswith(_JOURNAL))
        return [bytes(self._store.read((self._mine / name).key)[0]) for name in names]

    def keep_journal(self, by: str, body: bytes) -> None:
        """Keeps the lines of a journal, over what the same keeper wrote before."""
        self._store.put((self._mine / f"{_JOURNAL}{by}").key, body)

    def name_run(self, run: str) -> None:
        """Says which run has taken the shard up."""
        self._store.put((self._mine / _RUN).key, run.encode())

    def run(self) -> str | None:
        """The run that has taken the shard up last."""
        with suppress(NoObject):
            return bytes(self._store.read((self._mine / _RUN).key)[0]).decode()
        return None

    def take(self, spills: Sequence[LocalSpill]) -> None:
        """Puts spills of this machine into the store; their files go."""
        for one in spills:
            if one.size:
                self._store.put((self._mine / one.name).key, one.path.read_bytes())
            one.path.unlink(missing_ok=True)

    def forget_others(self) -> None:
        """Removes what is of other generations."""
        kept = f"{self._mine.key}/"
        self._store.delete_all([key for key, _ in self._store.list(self._all.key) if not key.startswith(kept)])

    def remove(self) -> None:
        """Removes all, of any generation."""
        self._store.delete_all([key for key, _ in self._store.list(self._all.key)])


class SentSpill:
    """A worker's spill whose parts go into a store beside the work; raises at the next clip what kept one from that."""

    def __init__(self, folder: Path, run: int, by: str, store: SpillStore) -> None:
        self._folder, self._run, self._by, self._store = folder, run, by, store
        self._pool = ThreadPoolExecutor(1, "faceshards-spill")
        self._sent: Future[None] | None = None
        self._clips = 0
        self._spill = self._next()

    def add(self, row: int, done: Finished, bodies: Mapping[str, bytes | Extent]) -> None:
        """Adds a finished clip. Raises StorageError."""
        self._spill.add(row, done, bodies)
        self._clips += 1
        if self._clips >= CLIPS or LocalSpill(self._spill.path).size >= BYTES:
            self._send()

    def flush(self) -> None:
        """All that was added is in the store when this returns. Raises StorageError."""
        self._send()
        self._wait()

    def _next(self) -> Spill:
        return Spill(self._folder, self._run, self._by, next(_PARTS))

    def _send(self) -> None:
        self._wait()
        if self._clips:
            full, self._clips = self._spill, 0
            full.close()
            self._spill = self._next()
            self._sent = self._pool.submit(self._store.take, [LocalSpill(full.path)])

    def _wait(self) -> None:
        if self._sent is not None:
            sent, self._sent = self._sent, None
            sent.result()
