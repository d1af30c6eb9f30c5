"""The work on one shard: each clip that lacks something goes through the engine, and the shard is rewritten.

1. Read each clip's json (as the work folder has it, else the shard) and ask the plan what the clip lacks.
   Nothing: nothing is done.
2. The engine works on several clips at a time, and puts each result into the work folder. A kill costs the clips in
   flight. A clip that was in flight at a death, with others, is done by itself first: a death then names its cause.
3. Account for each clip: it is whole, or has failed in a stage for a reason.
4. Rewrite the shard in place: new columns, new json, all else byte for byte. Remove the work folder.

The new shard depends on the old one, the plan and the models alone: not on kills, workers or any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from faceshards.curation.engine.clip_work import ClipTask, Done
from faceshards.curation.engine.engine import Engine
from faceshards.curation.engine.result import no_bugs
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan, failed_stages
from faceshards.curation.work_folder import Finished, WorkFolder, work_folder
from faceshards.errors import FaceshardsError, StageBug, StorageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report, report_path
from faceshards.jobs.watch import Watchdog, WorkStep
from faceshards.media.members import clip_column
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import copied, rewrite
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.writer import MemberBody

COMMAND = "curate"
#: Seconds to wait for a process that is just dying with the lease in its hand.
PATIENCE = 10.0


def run_shard(path: str | Path, plan: StagePlan, advance: Advance = lambda done, known: None) -> Report:
    """Brings one shard up to the plan, going on where an earlier run stopped, and reports.

    Both runners call it, in the process that does the work. The report is written beside the shard unless
    nothing was done. Raises FaceshardsError where the shard cannot be finished: it is damaged, foreign, in work
    elsewhere; a stage cannot be set up; the disk refuses. StageBug, for a programming error in a stage, leaves the
    shard as it was and its traceback in the report. A clip's own troubles are in the report.
    """
    try:
        return _finished(path, plan, advance)
    except StageBug as error:
        with suppress(StorageError):  # the bug is what the user must hear of
            Report.of_bug(COMMAND, str(path), error, str(error)).save(report_path(path, COMMAND))
        raise


def _finished(path: str | Path, plan: StagePlan, advance: Advance) -> Report:
    """`run_shard`, but for what becomes of a bug."""
    report = Report(COMMAND, str(path))
    with lease(Path(path), work="faceshards curate", patience=PATIENCE) as held, Shard(path) as shard:
        plan.check(shard)
        folder = WorkFolder(shard)
        run = _ShardRun(shard, plan, folder)
        try:
            run.clips(advance)
        except StorageError as error:
            kept = f"{shard.path.name} stands as it was, and the clips that are finished are kept: run again"
            raise StorageError(f"{error}; {kept}") from error
        run.account(report)
        run.store(report, held)
        report.close()
        if run.finished or not report_path(path, COMMAND).exists():
            report.save(report_path(path, COMMAND))
        folder.remove()
    return report


def needs_work(path: str | Path, plan: StagePlan) -> bool:
    """Whether `run_shard` would compute or rewrite anything, or has trouble to report."""
    if work_folder(path).exists():
        return True
    try:
        with Shard(path) as shard:
            plan.check(shard)
            facts = (shard.json(row) for row in _rows(shard, plan))
            return any(plan.todo(one, plan.wanted(one, clip_column(shard, one)), shard.has) for one in facts)
    except FaceshardsError:
        return True


def _rows(shard: Shard, plan: StagePlan) -> range:
    return range(len(shard) if plan.limit is None else min(plan.limit, len(shard)))


class _ShardRun:
    """One run over one shard. `finished`: row -> what the work folder holds."""

    def __init__(self, shard: Shard, plan: StagePlan, folder: WorkFolder) -> None:
        self.shard, self.plan, self.folder = shard, plan, folder
        self.rows = _rows(shard, plan)
        self.finished = {row: done for row in range(len(shard)) if (done := folder.finished(row)) is not None}

    def facts(self, row: int) -> dict[str, Any]:
        """The json of a row as it stands now."""
        return self.finished[row].facts if row in self.finished else self.shard.json(row)

    def clips(self, advance: Advance) -> None:
        """Points 1 and 2 of the module's list."""
        lacks = {lack.row: lack for row in self.rows if (lack := self._lack(row)).stages}
        if not lacks:
            return
        stages = list({stage.name: stage for lack in lacks.values() for stage in lack.stages}.values())
        for stage in stages:
            with no_bugs(stage, "while it was set up"):
                stage.prepare()
        journal = self.folder.journal
        journal.start(len(lacks))
        apart = [row for row in lacks if self.shard.keys[row] in journal.suspects]
        advance(len(journal.ended), journal.expected)
        try:
            with Watchdog(self.folder.slots, self.plan.time_limit, self._expired) as watchdog:
                for rows, one_by_one in ((apart, True), ([row for row in lacks if row not in apart], False)):
                    engine = Engine(stages, self.folder.path, watchdog, one_by_one=one_by_one)
                    engine.run(
                        self._tasks([lacks[row] for row in rows]), partial(self._finish, lacks, watchdog, advance)
                    )
        finally:
            for key in list(journal.in_flight):
                journal.leave(key)

    def _lack(self, row: int) -> Lack:
        facts = self.facts(row)
        done = self.finished.get(row) or Finished(facts, {}, {})
        wanted = self.plan.wanted(facts, clip_column(self.shard, facts))
        stages = self.plan.todo(facts, wanted, lambda column: column in done.columns or self.shard.has(column))
        return Lack(row, done, wanted, stages)

    def _tasks(self, lacks: Sequence[Lack]) -> Iterator[ClipTask]:
        """Each clip, journalled when it is taken up."""
        for lack in lacks:
            self.folder.journal.begin(self.shard.keys[lack.row], "")
            yield lack.task(self.shard, self.folder)

    def _expired(self, step: WorkStep) -> str:
        """What the journal and the terminal are told of a step that ran too long."""
        who = f"clip {step.keys[0]}" if len(step.keys) == 1 else f"{len(step.keys)} clips together"
        if len(step.keys) == 1:
            self.folder.journal.timed_out(step.keys[0], step.name)
        else:
            self.folder.journal.suspect(step.keys)
        limit = self.plan.time_limit or 0.0
        return f"faceshards: {who}: {step.name} did not end within {limit:g} s; this worker ends, the next goes on"

    def _finish(self, lacks: Mapping[int, Lack], watchdog: Watchdog, advance: Advance, done: Done) -> None:
        """Takes down what came of a clip."""
        row, key, journal = done.task.clip.row, done.task.clip.key, self.folder.journal
        new, columns = lacks[row].mended(done, watchdog.spent(key))
        self.folder.finish(row, key, new, columns)
        journal.end(key)
        self.finished[row] = self.folder.finished(row) or new
        advance(len(journal.ended), journal.expected)

    def account(self, report: Report) -> None:
        """Point 3: counts the clips, and what the work on them cost, interrupted runs included."""
        for row in self.rows:
            failure = self._first_failure(self.facts(row))
            if failure is None:
                report.add_whole()
            else:
                report.add_failed(*failure)
        for done in self.finished.values():
            for name, seconds in done.run.get("seconds", {}).items():
                report.add_seconds(name, seconds, clips=1)
            for name, count in done.run.get("counts", {}).items():
                report.add_count(name, count)

    def store(self, report: Report, held: Lease) -> None:
        """Point 4: rewrites the shard, where a clip has something new."""
        if not self.finished:
            return
        names = sorted({name for done in self.finished.values() for name in done.columns})
        provenance = [made for done in self.finished.values() for made in done.provenance.values()]
        with report.timed("rewrite"):
            rewrite(
                self.shard.path,
                {name: self._body(name) for name in names},
                lambda row, old: self.finished[row].facts if row in self.finished else old,
                provenance,
                held=held,
            )
        report.files.append(str(self.shard.path))

    def _body(self, column: str) -> Callable[[int], MemberBody]:
        """The body of a column by row: new, else as the shard has it, else none."""

        def body(row: int) -> MemberBody:
            if row in self.finished and column in self.finished[row].columns:
                return self.finished[row].columns[column]
            return copied(self.shard, row, column) if self.shard.has(column) else None

        return body

    def _first_failure(self, facts: Mapping[str, Any]) -> tuple[str, str] | None:
        """Stage and code of the first stage of the plan that failed."""
        codes = failed_stages(facts)
        return next(((stage.name, codes[stage.name]) for stage in self.plan.stages if stage.name in codes), None)
