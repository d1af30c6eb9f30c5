"""The work folder of a shard, `.NAME.work/` beside it: what is finished of an unfinished shard.

    generation      the shard that the rest belongs to (a folder of another generation is emptied), and the run that
                    took the folder up last: workers that an earlier one left behind add nothing more
    journal         see jobs.journal
    slots-WORKER    what the worker's threads are at: see jobs.watch
    spill.*         the clips that are finished: see spill.py
    *.mp4, ...      columns in the making

It is settled under the shard's lease by the one process that drives the run; its workers read the journal and the
spills, and add to them. It goes when the shard is rewritten. Everything in it can be made again, so nothing here is
synced.

Of a shard in a store it lies in the scratch folder of the machine, and what is finished goes into the store
(spill_store.py), where a run on another machine finds it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import socket
import stat
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from uuid import uuid4

from faceshards.curation.spill import Spill
from faceshards.curation.spill_store import SentSpill, SpillStore
from faceshards.curation.spills import Spills, local_spills, mend
from faceshards.errors import ShardError, StorageError
from faceshards.jobs.job import slots
from faceshards.jobs.journal import Journal
from faceshards.jobs.scratch import Scratch
from faceshards.jobs.work_place import MARK, mark_of
from faceshards.shards.reader import Shard
from faceshards.shards.storage.atomic import storage_errors, write_atomic
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.url import Place, Url, place

# Seconds that a worker waits for another one of its machine to make the folder ready.
_JOINING = 60.0


def journal_path(shard: str | Place, scratch: Scratch = Scratch()) -> Path:
    """Where the journal of a shard is."""
    return scratch.work_folder(place(shard)) / "journal"


class WorkFolder:
    """The work folder of a shard, for the worker `by`."""

    def __init__(self, shard: Shard, by: str = "", scratch: Scratch = Scratch()) -> None:
        self.path, self._generation, self._by = scratch.work_folder(shard.path), shard.generation, by
        self._store = None
        if isinstance(shard.path, Url):
            scratch.make()
            self._store = SpillStore(shard.path, shard.generation, scratch.cache)
        self.slots = slots(self.path / "journal", by)
        self._run: list[str] = []
        self._seen: tuple[int, int] | None = None

    def settle(self) -> WorkFolder:
        """Makes the folder ready for a run, whose process has the lease: nothing in it is of another generation, in the
        making, or spoiled by a power cut. Raises StorageError, also where something else stands in its place.
        """
        self._refuse_others()
        with storage_errors(self.path):
            self.path.mkdir(exist_ok=True)
            if not self.ours:
                self._clear(())
            write_atomic(self.path / MARK, f"{self._generation}\n{uuid4().hex}".encode(), durable=False)
            self._clear((MARK, "journal", "spill."))
            mend(self.path)
        if self._store is not None:
            self._take_over(self._store)
            self._store.name_run(mark_of(self.path)[1])
        return self

    def join(self) -> WorkFolder:
        """Makes the folder ready for a worker: on a machine that has none of this run yet, as the store says. Raises
        StorageError.
        """
        if self._store is None or (run := self._store.run()) is None:
            return self
        with lease(self.path, patience=_JOINING), storage_errors(self.path):
            if mark_of(self.path) != [self._generation, run]:
                self.path.mkdir(exist_ok=True)
                self._clear(())
                self.journal.take_over(self._store.journals())
                write_atomic(self.path / MARK, f"{self._generation}\n{run}".encode(), durable=False)
        return self

    def _take_over(self, store: SpillStore) -> None:
        """Takes what an earlier run left: other machines' journals, and clips of this one that had not gone up."""
        store.forget_others()
        self.journal.take_over(store.journals())
        store.take(local_spills(self.path))

    def check(self) -> None:
        """Raises ShardError where the folder belongs to another generation of the shard, or where another run has taken
        it up since the first check.
        """
        stamp = self._stamp()
        if stamp is not None and stamp == self._seen:
            return  # a mark is replaced, never written to
        mark = mark_of(self.path)
        if mark[:1] != [self._generation]:
            raise ShardError(f"{self.path}: the shard was written by somebody else while it was curated: run again")
        self._run = self._run or mark
        if mark != self._run:
            raise ShardError(f"{self.path}: another run has taken the shard up meanwhile: wait for it to end")
        self._seen = stamp

    def check_everywhere(self) -> None:
        """As `check`, of a shard in a store also by what the store says: another run may be on another machine."""
        self.check()
        if self._store is not None and self._store.run() not in (None, *self._run):
            raise ShardError(f"{self.path}: another run has taken the shard up meanwhile: wait for it to end")

    def _stamp(self) -> tuple[int, int] | None:
        with suppress(OSError):
            found = os.lstat(self.path / MARK)
            return found.st_ino, found.st_mtime_ns
        return None

    @property
    def ours(self) -> bool:
        """Whether the folder is there, and of this generation of the shard."""
        return mark_of(self.path)[:1] == [self._generation]

    @cached_property
    def is_begun(self) -> bool:
        """Whether, at the first look, a run was begun that had not ended: here, or as the store says."""
        return self.path.exists() or (self._store is not None and self._store.is_begun())

    def _clear(self, kept: tuple[str, ...]) -> None:
        """Removes all but plain files whose names begin so: no link leads out of the folder."""
        for left in self.path.iterdir():
            if left.name.startswith(kept) and _is_regular(left):
                continue
            if left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink(missing_ok=True)

    def _refuse_others(self) -> None:
        if self.path.is_symlink() or (self.path.exists() and not self.path.is_dir()):
            raise StorageError(f"{self.path}: this is no folder of ours: the work folder belongs here: move it away")

    @cached_property
    def journal(self) -> Journal:
        """The journal, as this worker keeps it."""
        return Journal(self.path / "journal", self._by)

    @cached_property
    def spills(self) -> Spills:
        """What is finished."""
        return Spills(self.path, self._store.spills() if self._store else ())

    @cached_property
    def spill(self) -> Spill | SentSpill:
        """Where this worker puts what it finishes."""
        run = self.journal.starts
        return SentSpill(self.path, run, self._by, self._store) if self._store else Spill(self.path, run, self._by)

    def keep(self) -> None:
        """What this worker knows that later runs must know is where they find it. Raises StorageError."""
        if self._store is not None:
            where = hashlib.blake2b(bytes(self.path), digest_size=4).hexdigest()
            self._store.keep_journal(f"{socket.gethostname()}-{where}", self.journal.lasting())
            if "spill" in self.__dict__ and isinstance(self.spill, SentSpill):
                self.spill.flush()

    def remove(self) -> None:
        """Removes the folder."""
        if self._store is not None and self.is_begun:
            self._store.remove()
        shutil.rmtree(self.path, ignore_errors=True)


def _is_regular(path: Path) -> bool:
    """Whether this is a plain file, and no link to one."""
    return stat.S_ISREG(path.lstat().st_mode)
