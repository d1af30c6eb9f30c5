"""Work that is out in threads: decoding, encoding, plain stages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, TypeVar

from faceshards.jobs.watch import Watchdog, WorkStep

Result = TypeVar("Result")


class Threads:
    """A pool of threads, and how many calls are `out` in it; `watch` is told what each is at."""

    def __init__(self, most: int, watch: Watchdog) -> None:
        self._pool, self._watch = ThreadPoolExecutor(most, "faceshards-stage", _one_core), watch
        self.out = 0

    async def run(self, step: WorkStep, call: Callable[..., Result], *args: Any) -> Result:
        """The result of a call in a thread, which is part of a step; raises what it raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def watched() -> None:
            try:
                with self._watch.at(step):
                    result = call(*args)
            except BaseException as error:  # noqa: BLE001 - it is raised to who waits
                loop.call_soon_threadsafe(_told, future.set_exception, future, error)
            else:
                loop.call_soon_threadsafe(_told, future.set_result, future, result)

        self.out += 1
        try:
            self._pool.submit(watched)
            return await future
        finally:
            self.out -= 1

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


def _told(tell: Callable[[Any], None], future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():  # else nobody waits any more
        tell(value)


def _one_core() -> None:
    """Torch's number of threads is each thread's own, and by default that of the cores: a sum that is split otherwise
    has other last digits, and parallelism is clips and workers.
    """
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)
