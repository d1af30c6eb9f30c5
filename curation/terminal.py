"""A run of curation as a terminal shows it: a bar, the closing table; for machines a JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import ExitStack, closing, suppress
from functools import partial
from math import ceil

from rich.markup import escape
from rich.table import Table

from faceshards.curation.options import Where, require_weights, takes_of
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import CurateJob
from faceshards.curation.settled import settled
from faceshards.curation.shard_end import COMMAND
from faceshards.errors import ShardError, StageBug, StorageError, WeightsError
from faceshards.jobs.actors import run_actors, run_name
from faceshards.jobs.cluster import ray_cluster
from faceshards.jobs.failure_limit import FailureLimit
from faceshards.jobs.inline import run_inline
from faceshards.jobs.progress import Advance, progress
from faceshards.jobs.report import Report, report_path, total
from faceshards.jobs.schedule import Schedule
from faceshards.jobs.scratch import Scratch
from faceshards.shards.storage.url import Place, Url, address, place
from faceshards.terminal import Screen

#: What is said where a stage that was not run is stale.
STALE = (
    "stale: what these were made of has changed: --follow makes them again as they were made, where that can be done; "
    "or name them in --stages"
)


def curate_shards(
    shards: Sequence[Place],
    plan: StagePlan,
    where: Where,
    scratch: Scratch = Scratch(),
    *,
    as_json: bool,
    most_failures: FailureLimit | None = None,
) -> list[Report]:
    """Brings the shards up to the plan and says how it went; the reports, in the order of the shards.

    With `as_json` the reports are one object on stdout, and all else goes to stderr.
    Raises ShardError when a shard could not be finished, StageBug for a programming error in a stage, StageError when
    Ray does not start.
    """
    console = Screen(stderr=as_json, highlight=False)
    reports = run_plan(list(map(source_of, shards)), plan, where, most_failures, scratch)
    whole = total(reports, COMMAND, f"{len(reports)} shard{'s' * (len(reports) != 1)}")
    console.print(closing_table(whole))
    if whole.stale:
        console.print(STALE, soft_wrap=True)
    bugs = [report for report in reports if report.bug]
    unfinished = [report for report in reports if report.error and not report.bug]
    for report in unfinished:
        console.print(f"[red]not finished:[/] {escape(_unfinished(report))}", soft_wrap=True)
    if as_json:
        record = {"shards": [report.record() for report in reports], "total": whole.record()}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
    if bugs:
        traceback = report_path(bugs[0].source, COMMAND)
        raise StageBug(f"the run stops: {bugs[0].error}; its traceback stands in {traceback}")
    if unfinished:
        raise ShardError(f"{len(unfinished)} of {len(reports)} shards could not be finished: see above")
    return reports


def _unfinished(report: Report) -> str:
    """Which shard could not be finished, and why: what a stage or its models lack says nothing of the shard."""
    error, name = report.error or "", report.source.rpartition("/")[2]
    return error if name in error else f"{name}: {error}"


def source_of(shard: Place) -> str:
    """A shard as jobs name it: links followed, or its URL."""
    return address(shard if isinstance(shard, Url) else shard.resolve())


def run_plan(
    shards: Sequence[str],
    plan: StagePlan,
    where: Where,
    most_failures: FailureLimit | None = None,
    scratch: Scratch = Scratch(),
) -> list[Report]:
    """Runs the plan over the shards, inline or in Ray actors; a report for each. Raises StageError, and WeightsError
    before any of it where a model file is missing.
    """
    _require_weights(shards, plan, where)
    job = CurateJob(plan, None if where.inline else ceil(plan.resources.cpus), scratch)
    schedule = Schedule(job, shards, most_failures=most_failures)
    # Ray is left last: that takes seconds, in which one who pressed Ctrl-C would not know what stands.
    with ExitStack() as last, progress("curating", said=schedule.said) as advance, closing(schedule):
        last.enter_context(job.looking_ahead(shards))
        try:
            if not schedule.begun():  # no worker is started to find that out
                pass
            elif where.inline:
                run_inline(job, schedule, advance, memory=where.share)
            else:
                last.enter_context(ray_cluster(where.ray, where.actors))
                _on_ray(job, schedule, where, advance)
        except KeyboardInterrupt:
            _tell_what_stands(*schedule.progress())
            raise
    return schedule.reports


def _require_weights(shards: Sequence[str], plan: StagePlan, where: Where) -> None:
    """Raises WeightsError where a model file is missing, and not all shards are known to lack nothing."""
    try:
        require_weights(plan, where)
    except WeightsError:
        for source in shards:
            with suppress(ShardError, StorageError):
                if settled(place(source), plan, COMMAND) is not None:
                    continue
            raise


def _tell_what_stands(done: int, known: int) -> None:
    line = f"{done:,} of {known:,} clips are done, and kept: the same command goes on with the others"
    Screen(stderr=True, highlight=False).print(line, soft_wrap=True)


def _on_ray(job: CurateJob, schedule: Schedule, where: Where, advance: Advance) -> None:
    takes, run = takes_of(job.plan, where), run_name(job)
    said = partial(Screen(stderr=True, highlight=False).print, markup=False, soft_wrap=True)
    if where.ray is not None:
        said(f"{run}: so this run is called in Ray's dashboard and in its metrics")
    run_actors(job, schedule, workers=where.actors, takes=takes, advance=advance, said=said, run=run)


def closing_table(whole: Report) -> Table:
    """Clips seen, whole and failed by stage and reason, which add up; then seconds of work a stage."""
    table = Table(title=f"curate {escape(whole.source)}", title_justify="left", show_header=False)
    table.add_column(style="bold")
    table.add_column(justify="right")
    table.add_row("clips seen", str(whole.seen))
    table.add_row("whole", str(whole.whole))
    table.add_row("failed", str(whole.failures))
    for stage, codes in whole.failed.items():
        for code, clips in sorted(codes.items()):
            table.add_row(f"  {stage}: {code}", str(clips))
    for stage, clips in sorted(whole.stale.items()):
        table.add_row(f"stale: {escape(stage)}", str(clips))
    if "frames" in whole.counts:
        decoded, peeked = (whole.counts.get(name, 0) for name in ("frames_decoded", "frames_peeked"))
        share = (decoded + peeked) / max(1, whole.counts["frames"])
        table.add_row("frames decoded", f"{decoded + peeked} of {whole.counts['frames']} ({share:.2f}x)")
    if lost := whole.counts.get("workers_lost"):
        table.add_row("workers that died", str(lost))
    for stage, seconds in whole.seconds.items():
        table.add_row(f"{stage}, seconds", f"{seconds:.1f}")
    if whole.forecast:
        predicted, actual = whole.forecast["predicted"], whole.forecast["actual"]
        table.add_row("CPU seconds, predicted", f"{predicted:.1f}")
        table.add_row("CPU seconds, actual", f"{actual:.1f} ({actual / max(predicted, 1e-9) - 1:+.0%})")
    return table
