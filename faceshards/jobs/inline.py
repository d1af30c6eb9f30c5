"""The inline runner: one source after the other in this process. It needs no Ray, and a debugger sees
everything.

Nobody watches this process, so where a clip kills it (or runs out of time) the command ends. Run again, it goes
on with what is left: it finds the key in flight, counts the death, and at the second one leaves that key alone.
Ctrl-C and SIGTERM are no deaths; kill -9 from outside cannot be told from one.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report


def run_inline(
    job: Job, sources: Iterable[str], finished: Callable[[Report], None] = lambda report: None
) -> list[Report]:
    """Runs the job over the sources in order; `finished` is called with each report as it comes.

    A report with a `bug` is the last: the sources behind it are left as they are.
    """
    reports = []
    with _sigterm_as_exit():
        for source in sources:
            Journal(job.journal(source)).died()
            reports.append(job.attempt(source))
            finished(reports[-1])
            if reports[-1].bug:
                break
    return reports


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """SIGTERM raises SystemExit(143), so that the key in flight is left in order; only a main thread can
    arrange that.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
