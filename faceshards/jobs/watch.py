"""Who is at work, for the time limit and for whoever finds this process dead.

Each thread has a slot: the step (a stage, or `decode`, and the clip) that it is running at this moment, and nothing
while it waits. The slots stand in a mapped file, so that they outlive the process.

A limit counts the time that a step was running, in whatever threads, not the time that it waited for others; where more
threads run than there are cores, each has its share of them.
"""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.shards.storage.atomic import storage_errors


@dataclass(frozen=True)
class WorkStep:
    """What is being done, and to which clips: to several where they share a batch of a network."""

    keys: tuple[str, ...]
    name: str


#: Exit status of a process that ran out of time (EX_TEMPFAIL of sysexits.h: try again).
TIMED_OUT = 75
#: Seconds that the watchdog thread gets before the kernel's timer acts.
GRACE = 5.0

_SLOTS, _SLOT = 64, 512
_HEAD = struct.Struct("<H")
# Seconds between two looks of the watchdog.
_TICK = 0.1


class Watchdog:
    """The slots of this process, in a file. With a `limit`, in seconds, a step that runs longer ends the process:
    `expired` is told it first, by another thread.

    Native code that hangs cannot be interrupted, only killed with its process. Where it keeps Python's lock, too, no
    thread of ours runs any more: then the kernel's timer ends the process, `GRACE` seconds later. Raises StorageError
    where there is no room for the file.
    """

    def __init__(
        self, path: Path, limit: float | None = None, expired: Callable[[WorkStep], str] = lambda _: ""
    ) -> None:
        self._path, self._limit, self._expired = path, limit, expired
        self._slots: dict[int, int] = {}
        self._running: dict[int, tuple[WorkStep, float]] = {}
        self._spent: dict[tuple[str, str], float] = {}
        self._ran: dict[WorkStep, float] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Watchdog:
        with storage_errors(self._path):
            fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                # Not truncate alone: on a disk that fills up, a page without room is SIGBUS, and some clip's fault.
                os.posix_fallocate(fd, 0, _SLOTS * _SLOT)
                self._map = mmap.mmap(fd, _SLOTS * _SLOT)
            finally:
                os.close(fd)
        if self._limit:
            threading.Thread(target=self._look, daemon=True, name="faceshards-watch").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._limit:
            signal.setitimer(signal.ITIMER_REAL, 0)
        self._map.close()
        self._path.unlink(missing_ok=True)

    @contextmanager
    def at(self, step: WorkStep) -> Iterator[None]:
        """This thread works on a step while the block runs; what it worked on before waits."""
        thread = threading.get_ident()
        before = self._put(thread, step)
        try:
            yield
        finally:
            self._put(thread, before)

    @property
    def now(self) -> WorkStep | None:
        """What this thread is at."""
        running = self._running.get(threading.get_ident())
        return None if running is None else running[0]

    def spent(self, key: str) -> dict[str, float]:
        """WorkStep -> seconds of processor time that were spent on a clip, which is done: they are no longer kept. What
        clips share counts in equal parts.
        """
        with self._lock:
            self._ran = {step: ran for step, ran in self._ran.items() if key not in step.keys}
            return {name: self._spent.pop((one, name)) for one, name in list(self._spent) if one == key}

    def _put(self, thread: int, step: WorkStep | None) -> WorkStep | None:
        now = time.thread_time()
        with self._lock:
            slot = self._slots.setdefault(thread, len(self._slots) % _SLOTS)
            before = self._running.pop(thread, None)
            if before is not None:
                self._add(before[0], now - before[1])
            if step is not None:
                self._running[thread] = (step, now)
            self._map[slot * _SLOT : slot * _SLOT + _HEAD.size] = _HEAD.pack(0)
            if step is not None:
                start, body = slot * _SLOT + _HEAD.size, _packed(step)
                self._map[start : start + len(body)] = body
                self._map[slot * _SLOT : start] = _HEAD.pack(len(body))
        return None if before is None else before[0]

    def _add(self, step: WorkStep, seconds: float) -> None:
        for key in step.keys:
            known = self._spent.get((key, step.name), 0.0)
            self._spent[key, step.name] = known + seconds / len(step.keys)

    def _look(self) -> None:
        assert self._limit is not None
        tick, before = min(_TICK, self._limit / 4), time.perf_counter()
        while not self._over.wait(tick):
            # Armed again and again: it goes off where this thread does not come to run.
            signal.setitimer(signal.ITIMER_REAL, self._limit + GRACE)
            now = time.perf_counter()
            late = self._late(now - before, self._limit)
            before = now
            if late is not None:
                self._end(late)

    def _late(self, seconds: float, limit: float) -> WorkStep | None:
        """Counts so many seconds more to all that runs; a step that is over its limit."""
        with self._lock:
            running = {step for step, _ in self._running.values()}
            share = min(1.0, (os.cpu_count() or 1) / max(1, len(self._running)))
            for step in running:
                self._ran[step] = self._ran.get(step, 0.0) + seconds * share
            return next((step for step in running if self._ran[step] > limit), None)

    def _end(self, step: WorkStep) -> None:
        try:
            sys.stderr.write(self._expired(step) + "\n")
            sys.stderr.flush()
        finally:
            os._exit(TIMED_OUT)


def left_at(path: Path) -> list[WorkStep]:
    """What the threads of a process that is dead were running when it died: each step once."""
    try:
        body = path.read_bytes()
    except FileNotFoundError:
        return []
    steps: dict[WorkStep, None] = {}
    for start in range(0, len(body), _SLOT):
        (length,) = _HEAD.unpack_from(body, start)
        if length:
            name, *keys = body[start + _HEAD.size :][:length].decode("utf-8", "surrogateescape").split("\0")
            steps[WorkStep(tuple(keys), name)] = None
    return list(steps)


def _packed(step: WorkStep) -> bytes:
    """A step in a slot: of many clips, those that it has room for."""
    body = step.name.encode()
    for key in step.keys:
        more = b"\0" + key.encode("utf-8", "surrogateescape")
        if len(body) + len(more) > _SLOT - _HEAD.size:
            break
        body += more
    return body


class WatchedCoroutine(Coroutine[Any, Any, Any]):
    """A coroutine whose running, but not its waiting, is a step's."""

    def __init__(self, inner: Coroutine[Any, Any, Any], watch: Watchdog, step: WorkStep) -> None:
        self._inner, self._watch, self._step = inner, watch, step

    def send(self, value: Any) -> Any:
        """Goes on to where it waits."""
        with self._watch.at(self._step):
            return self._inner.send(value)

    def throw(self, *error: Any) -> Any:
        """Goes on with an error."""
        with self._watch.at(self._step):
            return self._inner.throw(*error)

    def close(self) -> None:
        """Ends it."""
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, Any]:
        go: Callable[[Any], Any] = self.send
        value: Any = None
        while True:
            try:
                waited = go(value)
            except StopIteration as ended:
                return ended.value
            try:
                go, value = self.send, (yield waited)
            except BaseException as error:  # noqa: BLE001 - it is the inner one's to handle
                go, value = self.throw, error
