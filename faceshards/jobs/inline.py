"""The inline runner: one source after the other in this process. It needs no Ray, and a debugger sees
everything.

Nobody watches this process, so where a clip kills it (or runs out of time) the command ends. Run again, it goes
on with what is left: it finds the key in flight, counts the death, and at the second one leaves that key alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report


def run_inline(
    job: Job, sources: Iterable[str], finished: Callable[[Report], None] = lambda report: None
) -> list[Report]:
    """Runs the job over the sources in order; `finished` is called with each report as it comes."""
    reports = []
    for source in sources:
        Journal(job.journal(source)).died()
        reports.append(job.attempt(source))
        finished(reports[-1])
    return reports
