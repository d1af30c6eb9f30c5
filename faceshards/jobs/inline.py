"""The inline runner: one source after the other, without Ray, in one child process that this one watches.

A clip that kills the child, hangs in it or fills the memory costs that clip a stage: another child goes on. Ctrl-C,
SIGTERM and kill -9 from outside are no deaths of a clip, whichever of the two processes they hit.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from faceshards.jobs.child import Child
from faceshards.jobs.job import Job
from faceshards.jobs.progress import Advance
from faceshards.jobs.schedule import Schedule


def run_inline(
    job: Job,
    schedule: Schedule,
    advance: Advance = lambda done, known: None,
    *,
    memory: int | None = None,
) -> None:
    """Does all that the schedule has, in its order; `advance` is called with (clips done, clips known). A child that
    takes more than `memory` bytes is ended.
    """

    def looked() -> None:
        advance(*schedule.progress())
        if schedule.stopped:
            raise _Stopped

    with suppress(_Stopped), sigterm_as_exit(), Child(job, memory=memory) as child:
        while not schedule.over:
            if (portion := schedule.portion()) is not None:
                schedule.back(portion, child.work(portion, looked))
            while (closing := schedule.whole()) is not None:
                schedule.closed(closing.source, child.close_source(closing))
        advance(*schedule.progress())


class _Stopped(Exception):
    """The run ends in the midst of a portion."""


@contextmanager
def sigterm_as_exit() -> Iterator[None]:
    """SIGTERM raises SystemExit(143), so that children are ended, too; only a main thread can arrange that."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def end(number: int, frame: object) -> None:
        came.append(128 + number)
        sys.exit(came[0])

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except SystemExit:
        if came:  # Ray, in which it may have waited, makes another code of it
            sys.exit(came[0])
        raise
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL if before is None else before)  # None: native code's
