"""Work that is out in threads: decoding, encoding, plain stages."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from types import TracebackType
from typing import Any, TypeVar

from faceshards.jobs.watch import Watchdog, WorkStep

Result = TypeVar("Result")


#: Clips that are decoded at a time. Decoding takes Python's lock for a moment at each frame: four threads of it take
#: twice the processor time that two do, of clips of 64 x 64 pixels (22 ms for 13), and a worker has one core.
DECODERS = 2


class Threads:
    """A pool of threads, a small one for decoding, and how many calls are `out` in them; `watch` is told what each is
    at. With fewer than `DECODERS` threads at `most`, decoding has its turn among all else.
    """

    def __init__(self, most: int, watch: Watchdog) -> None:
        self._pool, self._watch = ThreadPoolExecutor(most, "faceshards-stage", _one_core), watch
        apart = most > DECODERS
        self._decoders = ThreadPoolExecutor(DECODERS, "faceshards-decode", _one_core) if apart else self._pool
        self.out = 0

    async def run(self, step: WorkStep, call: Callable[..., Result], *args: Any) -> Result:
        """The result of a call in a thread, which is part of a step; raises what it raises."""
        return await self._result(self._pool, step, call, *args)

    async def decode(self, step: WorkStep, call: Callable[..., Result], *args: Any) -> Result:
        """The same, of a call that decodes and waits for nobody."""
        return await self._result(self._decoders, step, call, *args)

    async def wait(self, call: Callable[..., Result], *args: Any) -> Result:
        """The same, of a call that waits for bytes: what a store takes is no clip's time."""
        return await self._result(self._pool, None, call, *args)

    async def _result(
        self, pool: ThreadPoolExecutor, step: WorkStep | None, call: Callable[..., Result], *args: Any
    ) -> Result:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def watched() -> None:
            try:
                with nullcontext() if step is None else self._watch.at(step):
                    result = call(*args)
            except BaseException as error:  # noqa: BLE001 - it is raised to who waits
                loop.call_soon_threadsafe(_told, future.set_exception, future, error)
            else:
                loop.call_soon_threadsafe(_told, future.set_result, future, result)

        self.out += 1
        try:
            pool.submit(watched)
            return await future
        finally:
            self.out -= 1

    def __enter__(self) -> Threads:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for pool in (self._decoders, self._pool):
            pool.shutdown(wait=True, cancel_futures=True)


def _told(tell: Callable[[Any], None], future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():  # else nobody waits any more
        tell(value)


def _one_core() -> None:
    """Torch's number of threads is each thread's own, and by default that of the cores: a sum that is split otherwise
    has other last digits, and parallelism is clips and workers.
    """
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)
