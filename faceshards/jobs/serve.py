"""The child's side: it answers what the process that started it asks, and ends with it."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from faceshards.errors import StageError, StorageError
from faceshards.jobs.child import worker_name
from faceshards.jobs.job import Closing, Job, Portion, reported
from faceshards.jobs.news import listeners

# Seconds between two looks at the watcher.
_LOOK = 0.5


class WatchersLease:
    """The lease of a source as a child has it: the process that it works for holds it."""

    def __init__(self, source: str, watcher: int) -> None:
        self._source, self._watcher = source, watcher

    def check(self) -> None:
        """Raises StorageError where that process is gone, and its lease with it."""
        if os.getppid() != self._watcher:
            raise StorageError(f"{self._source}: the run that this work is for is gone: run again")

    def release(self) -> None:
        """It is not ours to give up."""

    def __enter__(self) -> WatchersLease:
        return self

    def __exit__(self, *_: object) -> None:
        pass


def serve(fd: int, watcher: int) -> None:
    """The child's own work, until the watcher closes the pipe or is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the watcher ends this process
    threading.Thread(target=_leave_with, args=(watcher,), daemon=True).start()
    by = worker_name(os.getpid())
    with Connection(fd) as pipe, suppress(EOFError, ConnectionError):
        send = _sender(pipe)
        listeners.append(send)
        try:
            job: Job = pickle.loads(pipe.recv_bytes())  # noqa: S301 - from the process that started this one
        except (ImportError, AttributeError) as error:
            pipe.recv()
            send(StageError(f"a stage cannot be loaded where it is to run: {error}"))
            return
        while True:
            asked: Portion | Closing = pipe.recv()
            if isinstance(asked, Portion):
                send(reported(job, asked.source, partial(job.work, asked, by)))
            else:
                held = WatchersLease(asked.source, watcher)
                send(reported(job, asked.source, partial(job.close, asked.source, held, asked.lines)))


def _sender(pipe: Connection[Any, Any]) -> Callable[[Any], None]:
    """Sends from any thread; what nobody hears any more is lost with who would have heard it."""
    lock = threading.Lock()

    def send(said: Any) -> None:
        with lock, suppress(BrokenPipeError, ConnectionError):
            pipe.send(said)

    return send


def _leave_with(watcher: int) -> None:
    """Ends this process where its watcher is gone: nobody would hear of what it does."""
    while os.getppid() == watcher:
        time.sleep(_LOOK)
    os._exit(1)
