"""The end of the work on a shard: each clip is accounted for, and what is new becomes part of the shard.

The new shard depends on the old one, the plan and the models alone: not on kills, workers or any order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from faceshards.curation.contents import RowContents, ShardContents
from faceshards.curation.forecast import Load, RunForecast
from faceshards.curation.lack import Lack
from faceshards.curation.plan import StagePlan, failed_stages
from faceshards.curation.settled import settled_by
from faceshards.curation.spill import Finished
from faceshards.curation.stale import followed, stale_stages
from faceshards.curation.work_folder import WorkFolder
from faceshards.errors import ShardError, StorageError
from faceshards.jobs.report import Report, ReportError, report_path
from faceshards.jobs.scratch import Scratch
from faceshards.shards.index.standing import standing
from faceshards.shards.kept import keep
from faceshards.shards.reader import Shard
from faceshards.shards.rewrite import copied, rewrite
from faceshards.shards.storage.lease import Lease
from faceshards.shards.writer import MemberBody, Written

COMMAND = "curate"
#: The error of a report until the shard is rewritten: a kill behind that loses no figures.
_NOT_STORED = "the rewrite of the shard has not ended: run again"


def end_shard(
    path: str, plan: StagePlan, held: Lease, scratch: Scratch = Scratch(), lines: Iterable[bytes] = ()
) -> Report:
    """Reports on a shard of which nothing is left to be done, rewrites it where something is new, and removes its work
    folder; the caller's run has the lease. The report is written beside the shard unless nothing was done (on a disk
    where there is none yet). `lines` of the journal may have been written on other machines.

    The first one to end it may have died behind the rewrite: then the folder is gone, or of the shard before. Raises
    ShardError where clips still lack something: the shard was written by somebody else, or what was finished of them
    is not to be seen here; it is left as it is then, and so is the folder.
    """
    with scratch.open(path) as shard:
        plan, contents, folder = followed(plan, shard), ShardContents(shard), WorkFolder(shard, scratch=scratch)
        folder.join()
        finished: dict[int, Finished] = {}
        if folder.ours:
            folder.journal.take_over(lines)
            held = _RunsLease(held, folder)
            finished = {row: done for row in folder.spills.rows if (done := folder.spills.finished(row)) is not None}
        keep(shard, "json", [row for row in plan.rows(shard) if row not in finished])
        if lacking := _lacking(contents, plan, finished):
            folder.check()
            raise ShardError(
                f"{path}: {lacking} clips lack something though all are done: what was finished of them in "
                f"{folder.path} is not to be seen here: run again"
            )
        return ended(shard, plan, held, contents, folder, finished)


def _lacking(contents: ShardContents, plan: StagePlan, finished: Mapping[int, Finished]) -> int:
    """How many clips lack something by a plan that tries no failure again; the recipes are the plan's own."""
    once = replace(plan, retry=frozenset())
    vars(once)["recipes"] = plan.recipes
    return sum(bool(Lack.of(contents, row, finished.get(row), once).stages) for row in plan.rows(contents.shard))


class _RunsLease:
    """The lease of a shard as the run has it that took its work folder up last: whoever closes the shard may be on
    another machine than whoever holds the lease, and outlive him by a moment.
    """

    def __init__(self, held: Lease, folder: WorkFolder) -> None:
        self._held, self._folder = held, folder
        folder.check()  # from now on another run is another

    def check(self) -> None:
        """Raises StorageError where the lease is gone, ShardError where another run has the shard."""
        self._held.check()
        self._folder.check_everywhere()

    def release(self) -> None:
        """It is not ours to give up."""

    def __enter__(self) -> _RunsLease:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def ended(
    shard: Shard,
    plan: StagePlan,
    held: Lease,
    contents: ShardContents,
    folder: WorkFolder,
    finished: Mapping[int, Finished],
    known: Mapping[int, Finished] = MappingProxyType({}),
) -> Report:
    """`end_shard` of an open one with its work folder, of which so much is `finished` there; what each row has is taken
    from `known` where it is there.
    """
    path = shard.path
    report = current(contents, plan, {**known, **finished})
    _add_costs(report, shard, finished)
    if lost := folder.journal.lost:
        report.add_count("workers_lost", lost)
    if finished:
        with suppress(StorageError):  # the rewrite says it better
            report.close(_NOT_STORED).save(report_path(path, COMMAND))
        with report.timed("rewrite"):
            report.settled = settled_by(plan, _store(shard, plan, finished, held).generation)
        report.files.append(str(path))
    local = isinstance(path, Path)  # in a store each look is a request
    resumed = not finished and (local or folder.is_begun) and _resumed(report)
    if not finished:
        report.settled = settled_by(plan, shard.generation)
    report.close()
    if finished or resumed or (local and not report_path(path, COMMAND).exists()):
        report.save(report_path(path, COMMAND))
    if folder.is_begun and _holds(held):
        folder.remove()
    return report


def _holds(held: Lease) -> bool:
    """Whether the folder is still this run's: another may have begun behind the rewrite."""
    with suppress(ShardError, StorageError):
        held.check()
        return True
    return False


def _resumed(report: Report) -> bool:
    """Takes the costs over from the report of a run that was killed right behind its rewrite; whether it was."""
    with suppress(ReportError, StorageError, OSError):
        before = Report.load(report_path(report.source, COMMAND))
        if before.error == _NOT_STORED:
            for name in ("seconds", "worked", "counts", "traces", "forecast", "started"):
                setattr(report, name, getattr(before, name))
            report.files.append(report.source)
            return True
    return False


def current(contents: ShardContents, plan: StagePlan, known: Mapping[int, Finished]) -> Report:
    """The report on a shard as it stands with what is `known` of its rows: clips counted, nothing of what they cost."""
    shard = contents.shard
    report = Report(COMMAND, str(shard.path))
    if removed := int((~standing(shard.index)).sum()):
        report.add_count("removed", removed)
    for row in plan.rows(shard):
        done = known.get(row) or Finished(shard.json(row))
        for stage in stale_stages(done.facts, RowContents(contents, row, done.facts, done.columns), plan):
            report.add_stale(stage)
        failure = _first_failure(done.facts, plan)
        if failure is None:
            report.add_whole()
        else:
            report.add_failed(*failure)
    return report


def _add_costs(report: Report, shard: Shard, finished: Mapping[int, Finished]) -> None:
    """Adds what the work on the rows that are `finished` in this run cost, interrupted runs included."""
    forecast = RunForecast({row: Load.of(done.facts) for row, done in finished.items()})
    for row, done in sorted(finished.items()):
        forecast.add(row, done.run.get("seconds", {}))
        for name, seconds in done.run.get("seconds", {}).items():
            report.add_seconds(name, seconds, clips=1)
        for name, count in done.run.get("counts", {}).items():
            report.add_count(name, count)
        for stage, trace in done.run.get("traces", {}).items():
            report.add_trace(stage, shard.keys[row], trace)
    report.forecast = forecast.record()


def _first_failure(facts: Mapping[str, Any], plan: StagePlan) -> tuple[str, str] | None:
    """Stage and code of the first stage of the plan that failed."""
    codes = failed_stages(facts)
    return next(((stage.name, codes[stage.name]) for stage in plan.stages if stage.name in codes), None)


def _store(shard: Shard, plan: StagePlan, finished: Mapping[int, Finished], held: Lease) -> Written:
    names = sorted({name for done in finished.values() for name in done.columns})
    provenance = {key: made for done in finished.values() for key, made in done.provenance.items()}
    known = {**shard.provenance, **provenance}
    facts = (finished[row].facts if row in finished else shard.json(row) for row in range(len(shard)))
    return rewrite(
        shard.path,
        {name: _body(shard, finished, name) for name in names},
        lambda row, old: finished[row].facts if row in finished else old,
        provenance.values(),
        held=held,
        forget=plan.forgotten(known, facts),
        cache=shard.cache,
    )


def _body(shard: Shard, finished: Mapping[int, Finished], column: str) -> Callable[[int], MemberBody]:
    """The body of a column by row: new, else as the shard has it, else none."""

    def body(row: int) -> MemberBody:
        if row in finished and column in finished[row].columns:
            new = finished[row].columns[column]
            return new if new.size else None  # the writer puts what stands for no value
        return copied(shard, row, column) if shard.has(column) else None

    return body
