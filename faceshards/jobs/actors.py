"""The Ray runner: portions are done by a few actors, and whatever one does, the others go on.

1. Work is given to actors that are up and have none. An actor has a child that does it (`jobs.child`): what kills the
   child costs neither the actor nor anybody's clip but its own.
2. How many actors there may be is looked at again all the time. One that Ray has not placed yet costs nothing, and is
   withdrawn where others have nothing to do.
3. An actor that is lost (its node is gone, somebody killed it) is replaced, and its portion goes back; no clip is
   blamed. A source whose actors are lost again and again without any progress is given up: its report says so.
4. Sources are closed one after the other by a child of this process, which has their leases.
5. Our actors are killed when the run ends, however it ends, and their children end with them.
"""

from __future__ import annotations

import pickle
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.child import Child
from faceshards.jobs.deaths import PATIENCE
from faceshards.jobs.inline import sigterm_as_exit
from faceshards.jobs.job import Job, Portion
from faceshards.jobs.progress import Advance
from faceshards.jobs.report import Report
from faceshards.jobs.schedule import Schedule

# Seconds between two looks: at what the actors did, at how many there may be.
_TICK, _LOOK = 0.5, 2.0
#: Seconds without any worker after which somebody is told why.
WAIT = 30.0


@dataclass(frozen=True)
class Takes:
    """What an actor takes of its machine; `memory` are the bytes that its child may have."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int | None = None


def run_actors(
    job: Job,
    schedule: Schedule,
    *,
    workers: int = 1,
    takes: Takes = Takes(),
    advance: Advance = lambda done, known: None,
    said: Callable[[str], None] = lambda line: None,
) -> None:
    """Does all that the schedule has in at most `workers` actors, inside `ray_cluster`; `advance` is called with (clips
    done, clips known), `said` with a line where no actor comes up. Raises StageError for an actor that the cluster has
    no room for.
    """
    import ray

    pickled = ray.cloudpickle.dumps(job)
    pool = _Pool(pickled, workers, takes, said)
    closer = _Closer(job, pickled, schedule)
    try:
        with sigterm_as_exit():
            while not schedule.over:
                pool.fit(schedule.more(workers))
                pool.give(schedule)
                pool.collect(schedule, _TICK / 10 if closer.busy else _TICK)
                closer.go_on()
                advance(*schedule.progress())
    finally:
        pool.dismiss()
        closer.end()


class _Actor:
    """The actor: keeps a child, and with it the loaded models, from portion to portion."""

    def __init__(self, pickled: bytes, memory: int | None) -> None:
        self.child = Child(pickle.loads(pickled), pickled, memory)  # noqa: S301 - from our own driver

    def up(self) -> None:
        """Answers where the actor is up."""

    def work(self, portion: Portion) -> Report | None:
        return self.child.work(portion)


class _Closer:
    """Closes sources beside all else, one at a time."""

    def __init__(self, job: Job, pickled: bytes, schedule: Schedule) -> None:
        self._child, self._schedule = Child(job, pickled), schedule
        self._thread = ThreadPoolExecutor(1, "faceshards-close")
        self._closing: tuple[str, Future[Report]] | None = None

    @property
    def busy(self) -> bool:
        """Whether a source is being closed."""
        return self._closing is not None

    def go_on(self) -> None:
        """Takes what is closed, begins the next."""
        if self._closing is not None and self._closing[1].done():
            source, report = self._closing
            self._closing = None
            self._schedule.closed(source, report.result())
        if self._closing is None and (whole := self._schedule.whole()) is not None:
            self._closing = whole, self._thread.submit(self._child.close_source, whole)

    def end(self) -> None:
        """Ends it in the midst of whatever it does."""
        self._child.kill()
        self._thread.shutdown()
        self._child.close()


class _Pool:
    """The actors: those that Ray has not placed yet, those without work, and which portion each of the others has."""

    def __init__(self, job: bytes, workers: int, takes: Takes, said: Callable[[str], None]) -> None:
        import ray

        self._ray, self._workers, self._said = ray, workers, said
        self._takes = {"CPU": takes.cpus, "GPU": takes.gpus}
        options = ray.remote(_Actor).options(
            num_cpus=takes.cpus, num_gpus=takes.gpus, max_restarts=0, max_task_retries=0
        )
        there = ray.put(job)
        self._new: Callable[[], Any] = lambda: options.remote(there, takes.memory)
        self._coming: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Portion, Any]] = {}
        self._look_at, self._up_at, self._stillborn = 0.0, time.monotonic(), 0
        self._room = self._room_now()
        if not self._room:
            raise StageError(f"a worker needs {self._lacking()}: join a larger cluster")

    def fit(self, wanted: int) -> None:
        """Asks for actors where more could work, and withdraws those that nobody waits for."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at, self._room = now + _LOOK, self._room_now()
        most = min(self._workers, max(1, self._room))
        while len(self._coming) < min(wanted - len(self._idle), most - len(self._idle) - len(self._running)):
            actor = self._new()
            self._coming[actor.up.remote()] = actor
        if self._idle and not wanted:
            for ref in list(self._coming):
                self._ray.kill(self._coming.pop(ref))
        self._wonder(now)

    def give(self, schedule: Schedule) -> None:
        """Gives portions to the actors that have none."""
        sharers = len(self._idle) + len(self._running) + len(self._coming)
        while self._idle and (portion := schedule.portion(sharers)) is not None:
            actor = self._idle.pop()
            self._running[actor.work.remote(portion)] = portion, actor

    def collect(self, schedule: Schedule, patience: float) -> None:
        """What the actors did, after so many seconds at most."""
        refs = [*self._coming, *self._running]
        if not refs:
            time.sleep(_TICK / 10)
            return
        done, _ = self._ray.wait(refs, num_returns=1, timeout=patience)
        for ref in done:
            if ref in self._coming:
                self._arrived(ref)
            else:
                self._answered(ref, schedule)

    def dismiss(self) -> None:
        """Kills our actors."""
        for actor in [*self._idle, *self._coming.values(), *(actor for _, actor in self._running.values())]:
            self._ray.kill(actor)

    def _arrived(self, ref: Any) -> None:
        actor = self._coming.pop(ref)
        try:
            self._ray.get(ref)
            self._idle.append(actor)
            self._stillborn = 0
        except self._ray.exceptions.RayActorError as error:  # its node went, or Ray could not start it
            self._ray.kill(actor)
            self._stillborn += 1
            if self._stillborn >= PATIENCE and not (self._idle or self._running):
                raise StageError(f"no worker comes up on Ray: {_cause(error)}") from error

    def _answered(self, ref: Any, schedule: Schedule) -> None:
        portion, actor = self._running.pop(ref)
        try:
            report = self._ray.get(ref)
        except self._ray.exceptions.RayActorError as error:
            self._ray.kill(actor)
            schedule.lost(portion, _cause(error))
            return
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        self._idle.append(actor)
        schedule.back(portion, report)

    def _room_now(self) -> int:
        """How many actors the cluster has room for, whoever else is at work there."""
        has = self._ray.cluster_resources()
        return int(min(has.get(name, 0) // amount for name, amount in self._takes.items() if amount))

    def _lacking(self) -> str:
        has = self._ray.cluster_resources()
        return " and ".join(
            f"{amount:g} {name}, Ray has {has.get(name, 0):g}"
            for name, amount in self._takes.items()
            if amount and has.get(name, 0) < amount
        )

    def _wonder(self, now: float) -> None:
        """Says now and then why nothing happens."""
        if self._idle or self._running or not self._coming:
            self._up_at = now
        elif now - self._up_at >= WAIT:
            self._up_at = now
            free = self._ray.available_resources()
            asked = ", ".join(f"{amount:g} {name}" for name, amount in self._takes.items() if amount)
            there = ", ".join(f"{free.get(name, 0):g} {name}" for name, amount in self._takes.items() if amount)
            self._said(f"waiting for Ray: a worker takes {asked}, and {there} are free")


def _cause(error: Exception) -> str:
    """Why an actor is gone, out of what Ray says."""
    text = " ".join(str(error).split())
    return (text.partition("Worker exit detail: ")[2] or text).partition(" Some common causes")[0][:300]
