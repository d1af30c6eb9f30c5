"""A run of curation as a terminal shows it: a bar, the closing table; for machines a JSON object."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from faceshards.curation.options import Where
from faceshards.curation.plan import StagePlan
from faceshards.curation.run import COMMAND, needs_work, run_shard
from faceshards.curation.work_folder import journal_path
from faceshards.errors import ShardError, StageBug
from faceshards.jobs.actors import ray_cluster, run_actors
from faceshards.jobs.inline import run_inline
from faceshards.jobs.job import Job
from faceshards.jobs.progress import progress
from faceshards.jobs.report import Report, report_path, total
from faceshards.terminal import Screen


def curate_shards(shards: Sequence[Path], plan: StagePlan, where: Where, *, as_json: bool) -> list[Report]:
    """Brings the shards up to the plan and says how it went; the reports, in the order of the shards.

    With `as_json` the reports are one object on stdout, and all else goes to stderr.
    Raises ShardError when a shard could not be finished, StageBug for a programming error in a stage, StageError when
    Ray does not start.
    """
    console = Screen(stderr=as_json, highlight=False)
    reports = run_plan([str(path.resolve()) for path in shards], plan, where)
    whole = total(reports, COMMAND, f"{len(reports)} shard{'s' * (len(reports) != 1)}")
    console.print(closing_table(whole))
    bugs = [report for report in reports if report.bug]
    unfinished = [report for report in reports if report.error and not report.bug]
    for report in unfinished:
        console.print(f"[red]not finished:[/] {escape(report.error or '')}", soft_wrap=True)
    if as_json:
        record = {"shards": [report.record() for report in reports], "total": whole.record()}
        Screen(highlight=False).print(json.dumps(record), soft_wrap=True, markup=False)
    if bugs:
        traceback = report_path(bugs[0].source, COMMAND)
        raise StageBug(f"the run stops: {bugs[0].error}; its traceback stands in {traceback}")
    if unfinished:
        raise ShardError(f"{len(unfinished)} of {len(reports)} shards could not be finished: see above")
    return reports


def run_plan(shards: Sequence[str], plan: StagePlan, where: Where) -> list[Report]:
    """Runs the plan over the shards, inline or in Ray actors; a report for each. Raises StageError."""
    job, takes = Job(COMMAND, partial(run_shard, plan=plan), journal_path), plan.resources
    with progress("curating") as advance:
        if not any(needs_work(shard, plan) for shard in shards):  # no worker is started to find that out
            return [job.attempt(shard) for shard in shards]
        if where.inline:
            return run_inline(job, shards, advance=advance)
        with ray_cluster(where.ray, min(where.actors, len(shards))):
            return run_actors(job, shards, workers=where.actors, cpus=takes.cpus, gpus=takes.gpus, advance=advance)


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
    if "frames" in whole.counts:
        decoded, peeked = (whole.counts.get(name, 0) for name in ("frames_decoded", "frames_peeked"))
        share = (decoded + peeked) / max(1, whole.counts["frames"])
        table.add_row("frames decoded", f"{decoded + peeked} of {whole.counts['frames']} ({share:.2f}x)")
    for stage, seconds in whole.seconds.items():
        table.add_row(f"{stage}, seconds", f"{seconds:.1f}")
    return table
