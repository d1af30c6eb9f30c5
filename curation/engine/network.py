"""Networks fed across clips: rows wait until a batch is full, or until nothing else can go on."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np

from faceshards.errors import StageBug
from faceshards.jobs.watch import Watchdog, WorkStep

NetArrays = tuple[np.ndarray, ...]

#: The keys of the clips for which a task works, and the tasks that it starts: to whose account its rows go.
WORKS_FOR: ContextVar[tuple[str, ...]] = ContextVar("WORKS_FOR", default=())


@dataclass(frozen=True)
class Net:
    """A network as a stage declares it: `run` takes arrays of `batch` rows each and returns arrays of as many.

    The batch is code, never an option: at one shape a row's result is bit for bit the same in any company and place,
    at another it is not.
    """

    run: Callable[..., Sequence[np.ndarray]]
    batch: int = 1


@dataclass
class _Request:
    """Some rows, and those of their results that are there."""

    rows: NetArrays
    future: asyncio.Future[NetArrays]
    keys: tuple[str, ...]
    asked: int = 0
    results: list[NetArrays] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.rows[0])


class NetQueue:
    """The rows that wait for one network, on a `device`. `rows` and `runs` count what went through it, `busy` the
    seconds that it ran; `watch` is told whose rows are in a batch while it runs.
    """

    def __init__(self, name: str, net: Net, watch: Watchdog, device: str = "cpu") -> None:
        self.name, self.device, self._net, self._watch = name, device, net, watch
        self._waiting: deque[_Request] = deque()
        self._empty: NetArrays | None = None
        self.queued = self.rows = self.runs = 0
        self.busy = 0.0

    def __call__(self, *rows: np.ndarray) -> asyncio.Future[NetArrays]:
        """The network's results for these rows, arrays of equal length: awaited, they are arrays as long.

        Raises, when awaited, what the network raises for these rows alone.
        """
        request = _Request(rows, asyncio.get_running_loop().create_future(), WORKS_FOR.get())
        if len(request):
            self._waiting.append(request)
            self.queued += len(request)
        else:
            request.future.set_result(self._of_none(rows))
        while self.queued >= self._net.batch:
            self.run()
        return request.future

    def run(self) -> None:
        """Runs one batch of what waits, padded where it is short."""
        parts = self._taken()
        columns = [[request.rows[number][start:stop] for request, start, stop in parts] for number in _axes(parts)]
        arrays = [np.concatenate(column) if len(column) > 1 else column[0] for column in columns]
        count = len(arrays[0])
        self.rows, self.runs = self.rows + count, self.runs + 1
        keys = tuple(dict.fromkeys(key for request, _, _ in parts for key in request.keys))
        try:
            with self._watch.at(WorkStep(keys, self.name.partition(".")[0])):
                results = self._padded(arrays)
        except Exception as error:  # noqa: BLE001 - whose rows they were is found out one by one
            self._apart(parts, error)
            return
        start = 0
        for request, first, last in parts:
            stop = start + last - first
            self._answer(request, tuple(one[start:stop] for one in results))
            start = stop

    @property
    def places(self) -> int:
        """Places for rows in the batches that ran."""
        return self.runs * self._net.batch

    @property
    def held(self) -> int:
        """Bytes of the rows that wait."""
        return sum(one.nbytes * (len(each) - each.asked) // len(each) for each in self._waiting for one in each.rows)

    @property
    def fill(self) -> float:
        """How full its batches were, 0 to 1, over all that ran."""
        return self.rows / max(1, self.places)

    def _taken(self) -> list[tuple[_Request, int, int]]:
        """The requests that share the next batch, and which of their rows are in it."""
        parts, room = [], self._net.batch
        while self._waiting and room:
            request = self._waiting[0]
            take = min(room, len(request) - request.asked)
            parts.append((request, request.asked, request.asked + take))
            request.asked += take
            room, self.queued = room - take, self.queued - take
            if request.asked == len(request):
                self._waiting.popleft()
        return parts

    def _padded(self, arrays: Sequence[np.ndarray]) -> NetArrays:
        """The results of at most a batch of rows, in the one shape that the network is run at."""
        count, batch = len(arrays[0]), self._net.batch
        short = batch - count
        full = [np.concatenate([one, np.repeat(one[-1:], short, axis=0)]) for one in arrays] if short else arrays
        begun = time.perf_counter()
        try:
            results = self._net.run(*full)
        finally:
            self.busy += time.perf_counter() - begun
        wrong = [len(one) for one in results if len(one) != batch]
        if wrong:
            raise StageBug(f"network {self.name} gave {wrong[0]} rows for {batch}: it must give one for each")
        # A copy: a runtime may give out the same memory again.
        return tuple(np.array(one[:count]) for one in results)

    def _apart(self, parts: Sequence[tuple[_Request, int, int]], error: Exception) -> None:
        """Runs the rows of each request of a batch that failed by themselves, so that one clip's rows cost no other."""
        for request, start, stop in parts:
            if len(parts) == 1:
                _fail(request, error)
                continue
            try:
                self._answer(request, self._padded([one[start:stop] for one in request.rows]))
            except Exception as own:  # noqa: BLE001
                _fail(request, own)

    def _answer(self, request: _Request, results: NetArrays) -> None:
        request.results.append(results)
        if request.future.done() or sum(len(one[0]) for one in request.results) < len(request):
            return
        done = request.results
        request.future.set_result(done[0] if len(done) == 1 else tuple(map(np.concatenate, zip(*done, strict=True))))

    def _of_none(self, rows: NetArrays) -> NetArrays:
        """The results of no rows, in the network's own types and shapes."""
        if self._empty is None:
            blank = [np.zeros((self._net.batch, *one.shape[1:]), one.dtype) for one in rows]
            self._empty = tuple(np.array(one[:0]) for one in self._net.run(*blank))
        return self._empty


def _axes(parts: Sequence[tuple[_Request, int, int]]) -> range:
    return range(len(parts[0][0].rows))


def _fail(request: _Request, error: Exception) -> None:
    if not request.future.done():
        request.future.set_exception(error)
