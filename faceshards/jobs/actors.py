"""The Ray runner: each source is done by one of a few actors, and whatever an actor does, the others go on.

1. A source is handed to one idle actor at a time; a report ends it.
2. An actor that dies is replaced. The key in flight gets a death in the journal, and the source goes back to
   the head of the queue.
3. The second death on the same key quarantines the key (the work reads that in the journal); a step that ran
   out of time has journalled itself, ended its own process, and is not tried again.
4. A source whose actors die `PATIENCE` times in a row without any progress is given up: its report says so.
5. A report with a bug (a programming error in a stage) ends the run: what the other actors are at is left.
6. Our actors are killed when the run ends, however it ends; a Ray that we started is stopped, one that we
   joined is left as it was.
"""

from __future__ import annotations

import logging
import os
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report

#: Deaths in a row without progress after which a source is given up.
PATIENCE = 3
#: Seconds between two looks at the journals.
_TICK = 0.5
#: Bytes of Ray's object store: nothing but paths and reports goes through it.
_STORE = 100 << 20


@contextmanager
def ray_cluster(address: str | None = None, cpus: int = 1) -> Iterator[None]:
    """A Ray to run in: the one at `address`, the one that this process is in already, or a quiet local one of
    `cpus` CPUs.

    Raises StageError when Ray is not installed or the address does not answer.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError as error:
        raise StageError(
            "Ray is not installed: pip install 'faceshards[ray]', or run with --inline, which needs none"
        ) from error
    if ray.is_initialized():
        yield
        return
    if address is not None:
        _refuse_silence(address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"logging_level": logging.ERROR, "log_to_driver": False}
    local: dict[str, Any] = {"num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE}
    try:
        ray.init(address or "local", **quiet, **({} if address else local))
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise StageError(f"Ray at {address or 'this machine'} does not start: {str(error).splitlines()[0]}") from error
    # Ray prints a paragraph on stdout for each dead worker; our report names the clip instead. There is no
    # public switch.
    ray._private.worker._worker_logs_enabled = False
    try:
        yield
    finally:
        ray.shutdown()
        ray._private.worker._worker_logs_enabled = True


def _refuse_silence(address: str) -> None:
    """Raises StageError where nothing listens at HOST:PORT; Ray itself would try for minutes."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not (host and port.isdecimal()):
        return  # a name that Ray knows: auto, local
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=5).close()
    except (OSError, OverflowError) as error:
        raise StageError(f"Ray at {address} does not answer ({error}): start it, or leave --ray out") from error


def run_actors(
    job: Job,
    sources: Iterable[str],
    *,
    workers: int = 1,
    cpus: float = 1.0,
    gpus: float = 0.0,
    finished: Callable[[Report], None] = lambda report: None,
    advance: Advance | None = None,
) -> list[Report]:
    """Runs the job over the sources in at most `workers` actors of so many CPUs and GPUs each, inside
    `ray_cluster`.

    Returns the reports in the order of the sources, after a bug only those that came; `finished` is called with each
    as it comes, `advance` with (clips done, clips known).
    """
    queue = _Queue(job, list(sources), workers, {"CPU": cpus, "GPU": gpus})
    try:
        bug = None
        while queue.unfinished and not bug:
            queue.hand_out()
            for report in queue.collect():
                finished(report)
                bug = bug or report.bug
            if advance is not None:
                advance(*queue.progress())
    finally:
        queue.dismiss()
    return [queue.reports[source] for source in queue.order if source in queue.reports]


def _room(has: dict[str, float], takes: dict[str, float]) -> int:
    """How many actors a cluster has room for. Raises StageError for none: Ray would wait for ever."""
    for name, amount in takes.items():
        if has.get(name, 0) < amount:
            raise StageError(f"a worker needs {amount:g} {name}, Ray has {has.get(name, 0):g}: join a larger cluster")
    return int(min(has.get(name, 0) // amount for name, amount in takes.items() if amount))


class _Worker:
    """The actor: keeps the job, and with it the loaded models, from source to source."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def attempt(self, source: str) -> Report:
        return self.job.attempt(source)


@dataclass
class _Deaths:
    """Deaths in a row at the same progress."""

    count: int = 0
    progress: int = -1

    def add(self, progress: int) -> None:
        self.count = self.count + 1 if progress == self.progress else 1
        self.progress = progress


class _Queue:
    """Sources, actors, and which actor has which source. Points 1 to 4 of the module's list."""

    def __init__(self, job: Job, sources: list[str], workers: int, takes: dict[str, float]) -> None:
        import ray

        self._ray = ray
        self._actor: Any = ray.remote(_Worker).options(
            num_cpus=takes["CPU"], num_gpus=takes["GPU"], max_restarts=0, max_task_retries=0
        )
        self._job, self._job_ref = job, ray.put(job)
        self.order = list(dict.fromkeys(sources))
        self.reports: dict[str, Report] = {}
        self._waiting = deque(self.order)
        self._workers = max(1, min(workers, len(self.order), _room(ray.cluster_resources(), takes)))
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[str, Any]] = {}
        self._deaths: dict[str, _Deaths] = {}

    @property
    def unfinished(self) -> bool:
        """Whether there is anything left to wait for."""
        return bool(self._waiting or self._running)

    def hand_out(self) -> None:
        """Gives waiting sources to actors."""
        while self._waiting and len(self._running) < self._workers:
            actor: Any = self._idle.pop() if self._idle else self._actor.remote(self._job_ref)
            source = self._waiting.popleft()
            self._running[actor.attempt.remote(source)] = (source, actor)

    def collect(self) -> list[Report]:
        """Waits a moment; the reports that came."""
        done, _ = self._ray.wait(list(self._running), num_returns=1, timeout=_TICK)
        reports = []
        for ref in done:
            source, actor = self._running.pop(ref)
            try:
                report = self._ray.get(ref)
                self._idle.append(actor)
            except self._ray.exceptions.RayError as error:
                self._ray.kill(actor)
                report = self._bury(source, error)
            if report is not None:
                self.reports[source] = report
                reports.append(report)
        return reports

    def _bury(self, source: str, error: Exception) -> Report | None:
        """An actor died at a source: queue the source again, or give it up."""
        journal = Journal(self._job.journal(source))
        journal.died()
        deaths = self._deaths.setdefault(source, _Deaths())
        deaths.add(journal.progress)
        if deaths.count < PATIENCE:
            self._waiting.appendleft(source)
            return None
        text = " ".join(str(error).split())
        cause = (text.partition("Worker exit detail: ")[2] or text).partition(" Some common causes")[0]
        return self._job.unfinished(
            source, f"{source}: its worker died {PATIENCE} times in a row without progress, given up: {cause[:200]}"
        )

    def progress(self) -> tuple[int, int]:
        """Clips done, and clips known of."""
        done = known = sum(report.seen for report in self.reports.values())
        for source, _ in self._running.values():
            journal = Journal(self._job.journal(source))
            done += len(journal.ended)
            known += journal.expected
        return done, known

    def dismiss(self) -> None:
        """Kills our actors."""
        for actor in [*self._idle, *(actor for _, actor in self._running.values())]:
            self._ray.kill(actor)
