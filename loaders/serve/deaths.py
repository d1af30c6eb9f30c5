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
from faceshards.loaders.plan.order import Draw
from faceshards.loaders.serve.reader import UnitName

#: Stand for no draw: the worker has not begun, or has handed over what it read.
NOT_BEGUN: Draw = (-1, -1)
IDLE: Draw = (-2, -2)

#: Those whose workers live, for the handler of SIGCHLD.
_watches: weakref.WeakSet[Watch] = weakref.WeakSet()
#: Process numbers of workers that were told to end.
_ending: set[int] = set()


# How torch names the worker in what its handler raises.
_WORKER = re.compile(r"DataLoader worker \(pid (\d+)\)")


class WorkerDied(FaceshardsError):
    """A worker process died, in a library's code or by a signal."""


class Watch:
    """Over the `workers` of one stream; of none, over this process. `named` tells what the unit of a draw is called.

    Each worker writes into its row of `table`, int64 (workers, 3) in shared memory, its process number and the draw
    that it is at work on (of arrays of one size, which are read together, the first).
    """

    def __init__(self, workers: int, named: Callable[[Draw], UnitName]) -> None:
        table = torch.full((max(1, workers), 3), -1)
        self.table = share(table) if workers else table
        self._named = named

    def __getstate__(self) -> dict[str, Any]:  # a worker only writes
        return {"table": self.table, "_named": None}

    def noting(self, worker: int) -> Callable[[Draw], None]:
        """What a worker, in its own process, calls with the draw that it begins."""
        own = self.table[worker].numpy()
        own[0] = os.getpid()

        def note(draw: Draw) -> None:
            own[1], own[2] = draw

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
        _ending.update(pid for pid, *_ in self.table.tolist() if pid > 0)

    def at_work(self) -> str:
        """What each worker is at work on, in words."""
        draws = [(unit, epoch) for _, unit, epoch in self.table.tolist()]
        return "; ".join(f"worker {worker} is at {self._sample(draw)}" for worker, draw in enumerate(draws))

    def death(self, seconds: float = 2.0) -> str:
        """Which worker died and on which sample, "" where all live. One whose socket broke may take a moment to die."""
        until = time.monotonic() + seconds
        while True:
            with suppress(RuntimeError, WorkerDied):  # of the handler, in the midst of this
                live = {child.pid for child in active_children()} | {-1, os.getpid()}
                for worker, (pid, *draw) in enumerate(self.table.tolist()):
                    if pid not in live:
                        return self._said(worker, pid, (draw[0], draw[1]))
                if time.monotonic() > until:
                    return ""
                time.sleep(0.05)

    def _said(self, worker: int, pid: int, draw: Draw) -> str:
        if draw == NOT_BEGUN:
            return f"worker {worker} (process {pid}) died before it read anything"
        if draw == IDLE:
            return f"worker {worker} (process {pid}) died between two samples: look for one out of memory (dmesg)"
        rows = self._named(draw).rows
        rule = f"key != '{rows[0]}'" if len(rows) == 1 else f"key NOT IN ({', '.join(map(repr, rows))})"
        remedy = f'leave it out with where="{rule}"'
        return f"{self._sample(draw)}: worker {worker} (process {pid}) died on it: {remedy}"

    def _sample(self, draw: Draw) -> str:
        if draw in (NOT_BEGUN, IDLE):
            return "its start" if draw == NOT_BEGUN else "no sample"
        shard, key, _ = self._named(draw)
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
