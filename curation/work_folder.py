"""The work folder of a shard, `.NAME.work/` beside it: what is finished of an unfinished shard.

    generation      the shard that the rest belongs to; a folder of another generation is emptied
    journal         see jobs.journal
    slots-WORKER    what the worker's threads are at: see jobs.watch
    spill.*         the clips that are finished: see spill.py
    *.mp4, ...      columns in the making

It is settled under the shard's lease by the one process that drives the run; its workers read the journal and the
spills, and add to them. It goes when the shard is rewritten. Everything in it can be made again, so nothing here is
synced.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from faceshards.curation.spill import Spill, Spills, mend
from faceshards.errors import ShardError
from faceshards.jobs.job import slots
from faceshards.jobs.journal import Journal
from faceshards.shards.reader import Shard
from faceshards.shards.storage.atomic import storage_errors


def work_folder(shard: str | Path) -> Path:
    """Where the work folder of a shard is: `a/group124.tar` -> `a/.group124.work`."""
    path = Path(shard)
    return path.with_name(f".{path.stem}.work")


def journal_path(shard: str | Path) -> Path:
    """Where the journal of a shard is."""
    return work_folder(shard) / "journal"


class WorkFolder:
    """The work folder of a shard, for the worker `by`."""

    def __init__(self, shard: Shard, by: str = "") -> None:
        self.path, self._generation, self._by = work_folder(shard.path), shard.generation, by
        self.slots = slots(self.path / "journal", by)

    def settle(self) -> WorkFolder:
        """Makes the folder ready for a run, whose process has the lease: nothing in it is of another generation, in the
        making, or spoiled by a power cut.
        """
        with storage_errors(self.path):
            self.path.mkdir(exist_ok=True)
            mark = self.path / "generation"
            ours = mark.is_file() and mark.read_text() == self._generation
            for left in self.path.iterdir():
                if not ours or not (left.name in ("generation", "journal") or left.name.startswith("spill.")):
                    left.unlink(missing_ok=True)
            mend(self.path)
            mark.write_text(self._generation)
        return self

    def check(self) -> None:
        """Raises ShardError where the folder belongs to another generation of the shard."""
        with suppress(FileNotFoundError):
            if (self.path / "generation").read_text() == self._generation:
                return
        raise ShardError(f"{self.path}: the shard was written by somebody else while it was curated: run again")

    @cached_property
    def journal(self) -> Journal:
        """The journal, as this worker keeps it."""
        return Journal(self.path / "journal", self._by)

    @cached_property
    def spills(self) -> Spills:
        """What is finished."""
        return Spills(self.path)

    @cached_property
    def spill(self) -> Spill:
        """Where this worker puts what it finishes."""
        return Spill(self.path, self.journal.starts, self._by)

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)
