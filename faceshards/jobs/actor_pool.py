"""The actors of a Ray run: asked for, given portions, heard, replaced, dismissed."""

from __future__ import annotations

import pickle
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.child import Child
from faceshards.jobs.cluster import is_ours
from faceshards.jobs.deaths import PATIENCE
from faceshards.jobs.job import Portion
from faceshards.jobs.journal import listeners
from faceshards.jobs.report import Report
from faceshards.jobs.schedule import Schedule

# Seconds between two looks: at what the actors did, at how many there may be.
TICK, _LOOK = 0.5, 2.0
#: Seconds without any worker after which somebody is told why.
WAIT = 30.0


@dataclass(frozen=True)
class Takes:
    """What an actor takes of its machine; `memory` are the bytes that its child may have."""

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int | None = None


class _Actor:
    """The actor: keeps a child, and with it the loaded models, from portion to portion, and what was written to the
    journal of the portion until the driver asks for it. Ray calls it from two threads.
    """

    def __init__(self, pickled: bytes, memory: int | None) -> None:
        self._news: deque[bytes] = deque()
        listeners.append(self._news.append)  # deaths, which are written by this process
        self.child = Child(pickle.loads(pickled), pickled, memory, self._news.append)  # noqa: S301 - our own driver's

    def up(self) -> None:
        """Answers where the actor is up."""

    def work(self, portion: Portion) -> tuple[Report | None, list[bytes]]:
        return self.child.work(portion), self.news()

    def news(self) -> list[bytes]:
        """Lines of the journal since the last time."""
        return [self._news.popleft() for _ in range(len(self._news))]


class ActorPool:
    """The actors: those that Ray has not placed yet, those without work, and which portion each of the others has."""

    def __init__(self, job: bytes, workers: int, takes: Takes, said: Callable[[str], None]) -> None:
        import ray

        self._ray, self._workers, self._said = ray, workers, said
        self._takes = {"CPU": takes.cpus, "GPU": takes.gpus}
        options = ray.remote(_Actor).options(
            num_cpus=takes.cpus, num_gpus=takes.gpus, max_restarts=0, max_task_retries=0, max_concurrency=2
        )
        there = ray.put(job)
        self._new: Callable[[], Any] = lambda: options.remote(there, takes.memory)
        self._coming: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Portion, Any]] = {}
        self._asked: dict[Any, tuple[Portion, Any]] = {}
        self._look_at, self._up_at, self._stillborn = 0.0, time.monotonic(), 0
        self._room, self._grows = self._room_now(), not is_ours()
        if not (self._room or self._grows):
            raise StageError(f"a worker needs {self._lacking()}: join a larger cluster")

    def fit(self, wanted: int) -> None:
        """Asks for actors where more could work, and withdraws those that nobody waits for."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at, self._room = now + _LOOK, self._room_now()
        most = min(self._workers, self._room + 1 if self._grows else self._room)
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
            time.sleep(TICK / 10)
            return
        done, _ = self._ray.wait(refs, num_returns=1, timeout=patience)
        for ref in done:
            if ref in self._coming:
                self._arrived(ref)
            else:
                self._answered(ref, schedule)

    def listen(self, schedule: Schedule) -> None:
        """Hears what those that work have written to journals: each is asked again when it has answered."""
        done, _ = (
            self._ray.wait(list(self._asked), num_returns=len(self._asked), timeout=0) if self._asked else ([], [])
        )
        for ref in done:
            portion, _ = self._asked.pop(ref)
            with suppress(self._ray.exceptions.RayError):  # it is gone: its work says so
                schedule.hear(portion.source, self._ray.get(ref))
        busy = [actor for _, actor in self._asked.values()]
        for portion, actor in self._running.values():
            if actor not in busy:
                self._asked[actor.news.remote()] = portion, actor

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
            report, news = self._ray.get(ref)
        except self._ray.exceptions.RayActorError as error:
            self._ray.kill(actor)
            schedule.lost(portion, _cause(error))
            return
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        self._idle.append(actor)
        self._settle(actor, schedule)
        schedule.hear(portion.source, news)
        schedule.back(portion, report)

    def _settle(self, actor: Any, schedule: Schedule) -> None:
        """Waits for what an actor was asked before it was done."""
        for ref, (portion, asked) in list(self._asked.items()):
            if asked is actor:
                del self._asked[ref]
                with suppress(self._ray.exceptions.RayError):
                    schedule.hear(portion.source, self._ray.get(ref))

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
