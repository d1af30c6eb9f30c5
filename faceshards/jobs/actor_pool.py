"""The actors of a Ray run: asked for, given portions, heard, replaced, dismissed."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from typing import Any

from faceshards.errors import StageError
from faceshards.jobs.cluster import is_ours
from faceshards.jobs.deaths import PATIENCE
from faceshards.jobs.job import Closing, Portion
from faceshards.jobs.schedule import Schedule
from faceshards.jobs.worker import FaceshardsWorker
from faceshards.terminal import size

# Seconds between two looks: at what the actors did, at how many there may be.
TICK, _LOOK = 0.5, 2.0
#: Seconds without any worker after which somebody is told why.
WAIT = 30.0


@dataclass(frozen=True)
class Takes:
    """What an actor takes of its machine, as Ray is asked for it: `memory` in bytes, 0 for no word about it. `limit`
    are the bytes that its child may have before it is ended.
    """

    cpus: float = 1.0
    gpus: float = 0.0
    memory: int = 0
    limit: int | None = None

    @property
    def resources(self) -> dict[str, float]:
        """Ray's name of a resource -> how much is taken of it."""
        amounts = {"CPU": self.cpus, "GPU": self.gpus, "memory": self.memory}
        return {name: amount for name, amount in amounts.items() if amount}


class ActorPool:
    """The actors: those that Ray has not placed yet, those without work, and which portion each of the others has."""

    def __init__(self, job: bytes, workers: int, takes: Takes, said: Callable[[str], None], run: str) -> None:
        import ray

        self._ray, self._workers, self._said, self._run = ray, workers, said, run
        self._takes, self._limit = takes.resources, takes.limit
        self._actor: Any = ray.remote(FaceshardsWorker)
        self._options = {
            "num_cpus": takes.cpus,
            "num_gpus": takes.gpus,
            **({"memory": takes.memory} if takes.memory else {}),
            "max_restarts": 0,
            "max_task_retries": 0,
            "max_concurrency": 2,
        }
        self._job, self._numbers = ray.put(job), count(1)
        self._coming: dict[Any, Any] = {}
        self._idle: list[Any] = []
        self._running: dict[Any, tuple[Portion | Closing, Any]] = {}
        self._asked: dict[Any, tuple[Portion | Closing, Any]] = {}
        self._had: dict[str, list[Any]] = {}
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
            actor = self._new(next(self._numbers))
            self._coming[actor.up.remote()] = actor
        if self._idle and not wanted:
            for ref in list(self._coming):
                self._ray.kill(self._coming.pop(ref))
        self._wonder(now)

    def give(self, schedule: Schedule) -> None:
        """Gives work to the actors that have none: first what is to be closed, each to one that worked on it."""
        sharers = len(self._idle) + len(self._running) + len(self._coming)
        while self._idle and (closing := schedule.whole()) is not None:
            had = self._had.get(closing.source, ())
            actor = next((one for one in had if one in self._idle), self._idle[-1])
            self._idle.remove(actor)
            self._running[actor.close.remote(closing)] = closing, actor
        while self._idle and (portion := schedule.portion(sharers)) is not None:
            actor = self._idle.pop()
            self._had.setdefault(portion.source, []).append(actor)
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

    def _new(self, number: int) -> Any:
        named = self._actor.options(name=f"{self._run}-{number}", **self._options)
        return named.remote(self._job, self._limit, self._run, number)

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
        work, actor = self._running.pop(ref)
        try:
            report, news = self._ray.get(ref)
        except self._ray.exceptions.RayActorError as error:
            self._ray.kill(actor)
            if isinstance(work, Closing):
                schedule.unclosed(work, _cause(error))
            else:
                schedule.lost(work, _cause(error))
            return
        except self._ray.exceptions.RayTaskError as error:
            raise error.cause from None
        self._idle.append(actor)
        self._settle(actor, schedule)
        schedule.hear(work.source, news)
        if isinstance(work, Closing):
            if report.error is None:
                self._forget(work.source)
            schedule.closed(work.source, report)
        else:
            schedule.back(work, report)

    def _forget(self, source: str) -> None:
        """Has whoever worked on a source, which is closed, forget it, before another run can take it up."""
        for actor in dict.fromkeys(self._had.pop(source, ())):
            with suppress(self._ray.exceptions.RayError):  # it is gone, or its machine does not answer
                self._ray.get(actor.forget.remote(source), timeout=TICK)

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
        return int(min(has.get(name, 0) // amount for name, amount in self._takes.items()))

    def _lacking(self) -> str:
        has = self._ray.cluster_resources()
        return " and ".join(
            f"{_said(name, amount)}, Ray has {_amount(name, has.get(name, 0))}"
            for name, amount in self._takes.items()
            if has.get(name, 0) < amount
        )

    def _wonder(self, now: float) -> None:
        """Says now and then why nothing happens."""
        if self._idle or self._running or not self._coming:
            self._up_at = now
        elif now - self._up_at >= WAIT:
            self._up_at = now
            free = self._ray.available_resources()
            asked = ", ".join(_said(name, amount) for name, amount in self._takes.items())
            there = ", ".join(_said(name, free.get(name, 0)) for name in self._takes)
            self._said(f"waiting for Ray: a worker takes {asked}, and {there} are free")


def _said(name: str, amount: float) -> str:
    """So much of a resource of Ray's, with its name."""
    return f"{_amount(name, amount)} {'of memory' if name == 'memory' else name}"


def _amount(name: str, amount: float) -> str:
    return size(int(amount)) if name == "memory" else f"{amount:g}"


def _cause(error: Exception) -> str:
    """Why an actor is gone, out of what Ray says."""
    text = " ".join(str(error).split())
    return (text.partition("Worker exit detail: ")[2] or text).partition(" Some common causes")[0][:300]
