"""The inline runner: one source after the other, without Ray, in one child process that this one watches.

A clip that kills the child, hangs in it or fills the memory costs that clip a stage: another child goes on. Ctrl-C,
SIGTERM and kill -9 from outside are no deaths of a clip, whichever of the two processes they hit.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from faceshards.jobs.child import Child
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report


def run_inline(
    job: Job,
    sources: Iterable[str],
    finished: Callable[[Report], None] = lambda report: None,
    advance: Advance = lambda done, known: None,
) -> list[Report]:
    """Runs the job over the sources in order; `finished` is called with each report as it comes, `advance` with (clips
    done, clips known).

    A report with a `bug` is the last: the sources behind it are left as they are.
    """
    reports: list[Report] = []

    def looked() -> None:
        journal = Journal(job.journal(source))
        before = sum(report.seen for report in reports)
        advance(before + len(journal.ended), before + journal.expected)

    with _sigterm_as_exit(), Child(job) as child:
        for source in sources:
            reports.append(child.finished(source, looked))
            finished(reports[-1])
            if reports[-1].bug:
                break
    return reports


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """SIGTERM raises SystemExit(143), so that the child is ended, too; only a main thread can arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
