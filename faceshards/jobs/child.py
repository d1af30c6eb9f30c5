"""A process that works while another watches: what kills it kills nobody else, and says what it was.

The watcher sends a job, then sources; the child answers each with a report. A child that ends without one is a death:
by a signal of its own doing (SIGSEGV, SIGABRT, ...), by an exit in the midst of work, by its own time limit, or by
somebody outside (SIGKILL, SIGTERM), who is no clip.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.deaths import Deaths
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.report import Report
from faceshards.jobs.watch import TIMED_OUT

# Seconds between two looks at a child that works.
_TICK = 0.5
# Ends that come from outside, but for SIGKILL where the kernel had run out of memory.
_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


@dataclass(frozen=True)
class Death:
    """The end of a child in the midst of work: its exit status, and whether its own work is to blame."""

    status: int
    blames: bool

    @property
    def said(self) -> str:
        """The status in words."""
        return signal.Signals(-self.status).name if self.status < 0 else f"exit status {self.status}"


class Child:
    """The process, started when it is first needed and again after each death. `pickled` is the job as it travels."""

    def __init__(self, job: Job, pickled: bytes | None = None) -> None:
        self._job, self._pickled = job, pickle.dumps(job) if pickled is None else pickled
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[Any, Any] | None = None

    def finished(self, source: str, looked: Callable[[], None] = lambda: None) -> Report:
        """The report of a source, however many children it takes; `looked` is called now and then while one works.

        A source whose children die `deaths.PATIENCE` times in a row without progress is given up.
        """
        deaths = Deaths()
        while True:
            outcome = self._attempt(source, looked)
            if isinstance(outcome, Report):
                return outcome
            journal = self._job.died(source) if outcome.blames else Journal(self._job.journal(source))
            if deaths.add(journal.progress):
                return self._job.unfinished(source, deaths.said(source, outcome.said))

    def close(self) -> None:
        """Ends the process at once, in the midst of whatever it does: what it writes stands whole or not at all, and
        nobody counts this end as a death.
        """
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()
        self._process.kill()
        self._process.wait()
        self._process = self._pipe = None

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _attempt(self, source: str, looked: Callable[[], None]) -> Report | Death:
        process, pipe = self._started()
        before = _oom_kills()
        with suppress(BrokenPipeError, ConnectionError):
            pipe.send(source)
        try:
            while not pipe.poll(_TICK):
                looked()
            answer = pipe.recv()
        except (EOFError, ConnectionError):
            status = process.wait()
            pipe.close()
            self._process = self._pipe = None
            memory = status == -signal.SIGKILL and _oom_kills() > before
            return Death(status, memory or status not in (*_OUTSIDE, TIMED_OUT))
        looked()
        if isinstance(answer, StageError):
            raise answer
        return answer

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
        if self._process is None or self._pipe is None:
            ours, theirs = Pipe()
            code = f"from faceshards.jobs.child import serve; serve({theirs.fileno()}, {os.getpid()})"
            path = os.pathsep.join(place for place in sys.path if place)
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                env={**os.environ, "PYTHONPATH": path},
            )
            theirs.close()
            ours.send_bytes(self._pickled)
            self._pipe = ours
        return self._process, self._pipe


def serve(fd: int, watcher: int) -> None:
    """The child's own work, until the watcher closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the watcher ends this process
    threading.Thread(target=_leave_with, args=(watcher,), daemon=True).start()
    with Connection(fd) as pipe, suppress(EOFError, ConnectionError):
        try:
            job: Job = pickle.loads(pipe.recv_bytes())  # noqa: S301 - from the process that started this one
        except (ImportError, AttributeError) as error:
            pipe.recv()
            pipe.send(StageError(f"a stage cannot be loaded where it is to run: {error}"))
            return
        while True:
            pipe.send(job.attempt(pipe.recv()))


def _leave_with(watcher: int) -> None:
    """Ends this process where its watcher is gone: nobody would hear of what it does."""
    while os.getppid() == watcher:
        time.sleep(_TICK)
    os._exit(1)


def _oom_kills() -> int:
    """How many processes the kernel has killed for want of memory, as far as it says so here."""
    found = 0
    for path in ("/proc/vmstat", "/sys/fs/cgroup/memory.events"):
        with suppress(OSError, ValueError):
            lines = dict(line.split()[:2] for line in Path(path).read_text().splitlines())
            found += int(lines.get("oom_kill", 0))
    return found
