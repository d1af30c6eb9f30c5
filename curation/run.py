"""The work on one shard: each clip that lacks something is decoded once and goes through the stages.

1. Read each clip's json (as the work folder has it, else the shard) and ask the plan what the clip lacks.
   Nothing: nothing is done.
2. Clip by clip, in row order: journal, decode once, run the stages, put the result into the work folder. A kill
   costs the clips in flight.
3. Account for each clip: it is whole, or has failed in a stage for a reason.
4. Rewrite the shard in place: new columns, new json, all else byte for byte. Remove the work folder.

The new shard depends on the old one, the plan and the models alone: not on kills, workers or any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.curation.clip import StageClip
from faceshards.curation.clip_run import ClipRun, no_bugs
from faceshards.curation.plan import StagePlan, failed_stages
from faceshards.curation.stage import Stage
from faceshards.curation.work_folder import Finished, WorkFolder, work_folder
from faceshards.errors import FaceshardsError, StageBug, StorageError
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report, report_path
from faceshards.media.members import clip_column
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import copied, rewrite
from faceshards.shards.schema.provenance import Provenance
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


@dataclass(frozen=True)
class _Task:
    """A clip that lacks `stages`: `finished` is what it has by now, `wanted` how the plan would make all."""

    row: int
    finished: Finished
    wanted: dict[str, Provenance]
    stages: list[Stage]


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
        tasks = [task for row in self.rows if (task := self._task(row)).stages]
        if not tasks:
            return
        for stage in {stage.name: stage for task in tasks for stage in task.stages}.values():
            with no_bugs(stage, "while it was set up"):
                stage.prepare()
                stage.enter(self.shard)
        self.folder.journal.start(len(tasks))
        for number, task in enumerate(tasks):
            advance(number, len(tasks))
            self._clip(task)

    def _task(self, row: int) -> _Task:
        facts = self.facts(row)
        done = self.finished.get(row) or Finished(facts, {}, {})
        wanted = self.plan.wanted(facts, clip_column(self.shard, facts))
        stages = self.plan.todo(facts, wanted, lambda column: column in done.columns or self.shard.has(column))
        return _Task(row, done, wanted, stages)

    def _clip(self, task: _Task) -> None:
        done, journal = task.finished, self.folder.journal
        made = self.folder.bodies(task.row) if done.columns else {}
        clip = StageClip(self.shard, task.row, done.facts, made, self.plan.max_bytes)
        run = ClipRun(clip, journal, self.plan.time_limit)
        try:
            for stage in task.stages:
                run.stage(stage, task.wanted[stage.name])
            new = Finished(run.facts, done.columns, {**done.provenance, **run.provenance}, run.cost(done.run))
            self.folder.finish(task.row, clip.key, new, run.columns)
        except BaseException:
            journal.leave(clip.key)
            raise
        journal.end(clip.key)
        self.finished[task.row] = self.folder.finished(task.row) or new

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
