"""The Ray runner: each source is done by one of a few actors, and whatever an actor does, the others go on.

1. A source is handed to one idle actor at a time; a report ends it. An actor has a child that does the work
   (`jobs.child`): what kills the child costs neither the actor nor anybody's clip but its own.
2. An actor that is lost (its node is gone, somebody killed it) is replaced, and its source goes back to the head of the
   queue; no clip is blamed.
3. A source whose actors are lost `PATIENCE` times in a row without any progress is given up: its report says so.
4. A report with a bug (a programming error in a stage) ends the run: what the other actors are at is left.
5. Our actors are killed when the run ends, however it ends, and their children end with them; a Ray that we started is
   stopped, one that we joined is left as it was.
"""

from __future__ import annotations

import logging
import os
import pickle
import socket
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.child import Child
from faceshards.jobs.deaths import Deaths
from faceshards.jobs.job import Job
from faceshards.jobs.journal import Journal
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report

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
    """The actor: keeps a child, and with it the loaded models, from source to source."""

    def __init__(self, pickled: bytes) -> None:
        self.child = Child(pickle.loads(pickled), pickled)  # noqa: S301 - from our own driver

    def attempt(self, source: str) -> Report:
        return self.child.finished(source)


class _Queue:
    """Sources, actors, and which actor has which source."""

    def __init__(self, job: Job, sources: list[str], workers: int, takes: dict[str, float]) -> None:
        import ray

        self._ray = ray
        self._actor: Any = ray.remote(_Worker).options(
            num_cpus=takes["CPU"], num_gpus=takes["GPU"], max_restarts=0, max_task_retries=0
        )
        self._job, self._job_ref = job, ray.put(ray.cloudpickle.dumps(job))
        self.order = list(dict.fromkeys(sources))
        self.reports: dict[str, Report] = {}
        self._waiting = deque(self.order)
        self._workers = max(1, min(workers, len(self.order), _room(ray.cluster_resources(), takes)))
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[str, Any]] = {}
        self._deaths: dict[str, Deaths] = {}

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
        """An actor is lost at a source: queue the source again, or give it up."""
        journal = Journal(self._job.journal(source))
        deaths = self._deaths.setdefault(source, Deaths())
        if not deaths.add(journal.progress):
            self._waiting.appendleft(source)
            return None
        text = " ".join(str(error).split())
        cause = (text.partition("Worker exit detail: ")[2] or text).partition(" Some common causes")[0]
        return self._job.unfinished(source, deaths.said(source, cause))

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
