"""A shard that is taken up: its lease, its work folder, and the rows that lack something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from faceshards.curation.contents import ShardContents
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan
from faceshards.curation.settled import settled
from faceshards.curation.shard_end import COMMAND, ended
from faceshards.curation.stale import followed
from faceshards.curation.work_folder import WorkFolder, journal_path
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.scratch import Scratch
from faceshards.shards.kept import keep
from faceshards.shards.reader import Shard
from faceshards.shards.storage.lease import Lease, Unneeded, lease
from faceshards.shards.storage.url import place


class OpenShard:
    """Takes the lease of a shard, which the caller releases, and finds what it lacks. `items` are rows; for a lease
    that another has it waits `patience` seconds.

    Where nothing at all is to be done `report` says so; there is no need to close it then. `look` finds that out, where
    somebody has looked already.

    Raises ShardError, StorageError, and StageError where a stage needs what is not there.
    """

    def __init__(
        self,
        path: str,
        plan: StagePlan,
        patience: float,
        scratch: Scratch = Scratch(),
        look: Callable[[], Report | None] | None = None,
    ) -> None:
        self._scratch, where = scratch, place(path)
        self.items: Sequence[int] = ()
        self.report: Report | None = None
        self.journal: Journal
        self.held: Lease
        if not (isinstance(where, Path) and scratch.work_folder(where).exists()):
            self.report = settled(where, plan, COMMAND) if look is None else look()
        if self.report is not None:
            self.held, self.journal = Unneeded(), Journal(journal_path(where, scratch))
            return
        self.held = lease(where, work="faceshards curate", patience=patience)
        try:
            with scratch.open(where) as shard:
                plan.check(shard)
                self._look(shard, followed(plan, shard))
        except BaseException:
            self.held.release()
            raise

    def _look(self, shard: Shard, plan: StagePlan) -> None:
        """Finds the rows that lack something. A shard that lacks nothing gets no work folder, and is reported on while
        it is open.
        """
        folder = WorkFolder(shard, scratch=self._scratch)
        is_resumed = folder.is_begun
        if is_resumed:
            folder.settle()
        contents, done, rows = ShardContents(shard), folder.spills.finished, plan.rows(shard)
        keep(shard, "json", rows)
        lacks = {row: Lack.of(contents, row, done(row), plan) for row in rows}
        self.items = [row for row, lack in lacks.items() if lack.stages]
        if self.items or folder.spills.rows:
            if not is_resumed:
                folder.settle()
            folder.journal.start(len(self.items), plan.retry)
            folder.keep()
        else:
            known = {row: lack.finished for row, lack in lacks.items()}
            self.report = ended(shard, plan, self.held, contents, folder, {}, known)
        self.journal = folder.journal
