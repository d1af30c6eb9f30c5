"""A process that works while another watches: what kills it kills nobody else, and says what it was.

The watcher sends a job, then portions, and sources to close; the child answers each. A child that ends without an
answer is a death: by a signal of its own doing (SIGSEGV, SIGABRT, ...), by an exit in the midst of work, by its own
time limit, for want of memory, or by somebody outside (SIGKILL, SIGTERM), who is no clip.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe
from pathlib import Path
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.deaths import Deaths
from faceshards.jobs.job import Closing, Job, Portion, slots, unfinished
from faceshards.jobs.journal import Journal
from faceshards.jobs.memory import oom_kills, resident
from faceshards.jobs.report import Report
from faceshards.jobs.watch import TIMED_OUT, left_at
from faceshards.terminal import size

# Seconds between two looks at the memory of a child that works; at what it does, and of a child at its watcher.
_TICK, _LOOK = 0.1, 0.5
# What stands for an answer that has not come.
_NOT_YET = object()
# Ends that come from outside, but for SIGKILL where memory had run out.
_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


@dataclass(frozen=True)
class Death:
    """The end of the child `by` in the midst of work: what it was, and the reason code of the clip that is to blame;
    None where its own work is not.
    """

    by: str
    said: str
    code: str | None


class Child:
    """The process, started when it is first needed and again after each death. `pickled` is the job as it travels;
    with `memory`, in bytes, a child that takes more is ended. `heard` is called with each line that it writes to a
    journal.
    """

    def __init__(
        self,
        job: Job,
        pickled: bytes | None = None,
        memory: int | None = None,
        heard: Callable[[bytes], None] = lambda line: None,
    ) -> None:
        self._heard = heard
        self._job, self._pickled = job, pickle.dumps(job) if pickled is None else pickled
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection[Any, Any] | None = None

    def work(self, portion: Portion, looked: Callable[[], None] = lambda: None) -> Report | None:
        """Does a portion, however many children it takes; `looked` is called now and then meanwhile.

        None, or the report of a source that cannot be finished: also one whose children die `deaths.PATIENCE` times in
        a row without progress.
        """
        return self._answer(portion.source, portion, looked)

    def close_source(self, closing: Closing) -> Report:
        """Ends the work on a source, whose lease whoever drives has."""
        report = self._answer(closing.source, closing, lambda: None)
        assert report is not None
        return report

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

    def _answer(self, source: str, asked: Portion | Closing, looked: Callable[[], None]) -> Report | None:
        deaths, path = Deaths(), self._job.journal(source)
        while True:
            outcome = self._attempt(asked, looked)
            if not isinstance(outcome, Death):
                return outcome
            first = isinstance(asked, Portion)
            if first and outcome.code == "out-of-memory" and not Journal(path, outcome.by).mine:
                raise StageError(
                    f"a worker takes more memory than its {size(self._memory or 0)} before its first clip: "
                    "give it more (--memory), or use fewer --workers or stages"
                )
            if deaths.add(_buried(path, outcome)):
                return unfinished(self._job, source, deaths.said(source, outcome.said))

    def _attempt(self, asked: Portion | Closing, looked: Callable[[], None]) -> Report | Death | None:
        process, pipe = self._started()
        before, full = oom_kills(), False
        with suppress(BrokenPipeError, ConnectionError):
            pipe.send(asked)
        try:
            look = time.monotonic()
            while True:
                answer: Any = pipe.recv() if pipe.poll(_TICK) else _NOT_YET
                if isinstance(answer, bytes):
                    self._heard(answer)
                elif answer is not _NOT_YET:
                    break
                if time.monotonic() >= look:
                    look += _LOOK
                    looked()
                if self._memory and not full and resident(process.pid) > self._memory:
                    full = True
                    process.kill()
        except (EOFError, ConnectionError):
            status = process.wait()
            pipe.close()
            self._process = self._pipe = None
            return self._death(process.pid, status, full or oom_kills() > before)
        looked()
        if isinstance(answer, StageError):
            raise answer
        return answer

    def _death(self, pid: int, status: int, full: bool) -> Death:
        said = signal.Signals(-status).name if status < 0 else f"exit status {status}"
        if status == -signal.SIGKILL and full:
            return Death(worker_name(pid), f"{said}, out of memory", "out-of-memory")
        blames = status not in (*_OUTSIDE, TIMED_OUT)
        return Death(worker_name(pid), said, "quarantined" if blames else None)

    def _started(self) -> tuple[subprocess.Popen[bytes], Connection[Any, Any]]:
        if self._process is None or self._pipe is None:
            ours, theirs = Pipe()
            code = f"from faceshards.jobs.serve import serve; serve({theirs.fileno()}, {os.getpid()})"
            path = os.pathsep.join(place for place in sys.path if place)
            self._process = subprocess.Popen(
                [sys.executable, "-c", code],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=2,  # what a stage prints is no part of a command's answer
                env={**os.environ, "PYTHONPATH": path},
            )
            theirs.close()
            self._pipe = ours
            with suppress(BrokenPipeError, ConnectionError):  # it is dead already, which is found out in a moment
                ours.send_bytes(self._pickled)
        return self._process, self._pipe


def worker_name(pid: int) -> str:
    """What a process of this host is called in journals and file names."""
    return f"{socket.gethostname()}-{pid}"


def _buried(path: Path, death: Death) -> int:
    """Takes down a death in the journal, unless the work was over and the journal gone; how far the work is."""
    if not path.parent.exists():
        return 0
    journal, at_work = Journal(path, death.by), slots(path, death.by)
    journal.lose()
    if death.code is not None:
        journal.died(left_at(at_work), death.code)
    else:
        for key in journal.mine:
            journal.leave(key)
    at_work.unlink(missing_ok=True)
    return journal.progress
