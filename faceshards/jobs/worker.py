"""The actor of a Ray run: a child that does what it is given, and what that child wrote to journals meanwhile."""

from __future__ import annotations

import pickle
from collections import deque

from faceshards.jobs.child import Child
from faceshards.jobs.job import Closing, Job, Portion
from faceshards.jobs.meter import Meter
from faceshards.jobs.news import is_pulse, listeners
from faceshards.jobs.report import Report


class FaceshardsWorker:
    """The actor, as Ray's dashboard lists it: keeps a child, and with it the loaded models, from portion to portion,
    and what was written to the journal of the portion until the driver asks for it. Ray calls it from two threads.
    """

    def __init__(self, pickled: bytes, limit: int | None, run: str, number: int) -> None:
        self._news: deque[bytes] = deque()
        self._name, self._meter = f"{run}-{number}", Meter(run, number)
        listeners.append(self._hear)  # deaths, which are written by this process
        self._job: Job = pickle.loads(pickled)  # noqa: S301 - our own driver's
        self.child = Child(self._job, pickled, limit, self._hear)

    def __repr__(self) -> str:
        return self._name  # Ray's logs begin with it

    def up(self) -> None:
        """Answers where the actor is up."""

    def work(self, portion: Portion) -> tuple[Report | None, list[bytes]]:
        return self.child.work(portion), self.news()

    def close(self, closing: Closing) -> tuple[Report, list[bytes]]:
        return self.child.close_source(closing), self.news()

    def forget(self, source: str) -> None:
        """It is closed: see `Job.forget`."""
        self._job.forget(source)

    def news(self) -> list[bytes]:
        """Lines of the journal since the last time."""
        return [self._news.popleft() for _ in range(len(self._news))]

    def _hear(self, line: bytes) -> None:
        self._meter.take(line)
        if not is_pulse(line):
            self._news.append(line)
