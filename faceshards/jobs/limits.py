"""Time limits: a step that does not end in time ends its process, and whoever runs the processes starts
another.

Native code that hangs cannot be interrupted, only killed with its process. Two timers guard each step:

1. a thread of this process, at the limit: it calls `expired` (which journals the step), says one line on
   stderr, and leaves by `os._exit(TIMED_OUT)`. It needs Python's lock for a moment, which almost all native
   code gives up while it works.
2. the kernel's interval timer, `GRACE` seconds later: SIGALRM with its default action ends the process without
   asking anyone. Such an end looks like any other death of the worker.

A process in the state D (waiting for a dead network disk) outlives both.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

#: Exit status of a process that ran out of time (EX_TEMPFAIL of sysexits.h: try again).
TIMED_OUT = 75
#: Seconds that the watchdog thread gets before the kernel's timer acts.
GRACE = 5.0


@contextmanager
def time_limit(seconds: float | None, expired: Callable[[], str]) -> Iterator[None]:
    """Ends the process unless the block is left within `seconds`; None or 0 sets no limit.

    `expired` is called in another thread just before the end; it returns the line to say on stderr.
    """
    if not seconds:
        yield
        return
    left = threading.Event()
    thread = threading.Thread(target=_watch, args=(left, seconds, expired), daemon=True, name="time-limit")
    thread.start()
    signal.setitimer(signal.ITIMER_REAL, seconds + GRACE)
    try:
        yield
    finally:
        left.set()
        signal.setitimer(signal.ITIMER_REAL, 0)
        thread.join()


def _watch(left: threading.Event, seconds: float, expired: Callable[[], str]) -> None:
    if left.wait(seconds):
        return
    try:
        line = expired()
        sys.stderr.write(line + "\n")
        sys.stderr.flush()
    finally:
        os._exit(TIMED_OUT)
