"""The death of a worker process, named by the sample that it was at work on."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
import weakref
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import active_children
from types import FrameType
from typing import Any

import torch

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.shared_memory import share

#: Stands for no unit: the worker has not begun, or has handed over what it read.
NOT_BEGUN, IDLE = -1, -2

#: Those whose workers live, for the handler of SIGCHLD.
_watches: weakref.WeakSet[Watch] = weakref.WeakSet()
#: Process numbers of workers that were told to end.
_ending: set[int] = set()


# How torch names the worker in what its handler raises.
_WORKER = re.compile(r"DataLoader worker \(pid (\d+)\)")


class WorkerDied(FaceshardsError):
    """A worker process died, in a library's code or by a signal."""


class Watch:
    """Over the `workers` of one stream; of none, over this process. `named` tells a unit's shard and key.

    Each worker writes into its row of `table`, int64 (workers, 2) in shared memory, its process number and the unit
    that it is at work on (of arrays of one size, which are read together, the first).
    """

    def __init__(self, workers: int, named: Callable[[int], tuple[str, str]]) -> None:
        table = torch.full((max(1, workers), 2), NOT_BEGUN)
        self.table = share(table) if workers else table
        self._named = named

    def __getstate__(self) -> dict[str, Any]:  # a worker only writes
        return {"table": self.table, "_named": None}

    def noting(self, worker: int) -> Callable[[int], None]:
        """What a worker, in its own process, calls with the unit that it begins."""
        self.table[worker, 0] = os.getpid()
        own = self.table[worker]

        def note(unit: int) -> None:
            own[1] = unit

        return note

    def begin(self) -> None:
        """From now on a death that torch notices is named, wherever the main thread is then: torch's own error comes
        out of the handler of SIGCHLD, which is most often in the midst of the caller's training step.
        """
        _watches.add(self)
        _ending.clear()  # who was told to end before has: a number may come again
        if threading.current_thread() is threading.main_thread():
            handler = signal.getsignal(signal.SIGCHLD)
            if callable(handler) and not isinstance(handler, _Named):
                signal.signal(signal.SIGCHLD, _Named(handler))

    def end(self) -> None:
        """The workers are about to end, as they should."""
        _watches.discard(self)
        _ending.update(pid for pid, _ in self.table.tolist() if pid > 0)

    def at_work(self) -> str:
        """What each worker is at work on, in words."""
        return "; ".join(f"worker {n} is at {self._sample(unit)}" for n, (_, unit) in enumerate(self.table.tolist()))

    def death(self, seconds: float = 2.0) -> str:
        """Which worker died and on which sample, "" where all live. One whose socket broke may take a moment to die."""
        until = time.monotonic() + seconds
        while True:
            with suppress(RuntimeError, WorkerDied):  # of the handler, in the midst of this
                live = {child.pid for child in active_children()} | {-1, os.getpid()}
                for worker, (pid, unit) in enumerate(self.table.tolist()):
                    if pid not in live:
                        return self._said(worker, pid, unit)
                if time.monotonic() > until:
                    return ""
                time.sleep(0.05)

    def _said(self, worker: int, pid: int, unit: int) -> str:
        if unit == NOT_BEGUN:
            return f"worker {worker} (process {pid}) died before it read anything"
        if unit == IDLE:
            return f"worker {worker} (process {pid}) died between two samples: look for one out of memory (dmesg)"
        _, key = self._named(unit)
        remedy = f"leave it out with where=\"key != '{key}'\""
        return f"{self._sample(unit)}: worker {worker} (process {pid}) died on it: {remedy}"

    def _sample(self, unit: int) -> str:
        if unit < 0:
            return "its start" if unit == NOT_BEGUN else "no sample"
        shard, key = self._named(unit)
        return f"{shard}, sample {key}"


class _Named:
    """Torch's handler of SIGCHLD, with its error made to name the sample."""

    def __init__(self, handler: Callable[[int, FrameType | None], Any]) -> None:
        self._handler = handler

    def __call__(self, number: int, frame: FrameType | None) -> None:
        try:
            self._handler(number, frame)
        except RuntimeError as error:
            if (worker := _WORKER.search(str(error))) and int(worker[1]) in _ending:
                return  # a library that fails while its process ends costs nobody anything
            said = [text for watch in list(_watches) if (text := watch.death(0))]
            if not said:
                raise
            raise WorkerDied(f"{said[0]} ({str(error).splitlines()[0].rstrip('. ')})") from error
