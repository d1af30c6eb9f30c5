"""An event loop that says when nothing in it can go on: then a network runs short rather than everybody waiting."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

Result = TypeVar("Result")


class _Selector(selectors.DefaultSelector):
    """Asyncio asks its selector to wait only where no callback is ready: that is when `idle` is asked."""

    def __init__(self, idle: Callable[[], bool]) -> None:
        super().__init__()
        self._idle = idle

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        waits = timeout is None or timeout > 0
        return super().select(0 if waits and self._idle() else timeout)


async def together(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Waits for all; the first error ends the others, and is raised when they have ended."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            if not task.cancelling():  # a second time would end its cleaning up
                task.cancel()
        ended = asyncio.gather(*tasks, return_exceptions=True)
        while not ended.done():
            with suppress(asyncio.CancelledError):
                await asyncio.shield(ended)


def run(main: Coroutine[Any, Any, Result], idle: Callable[[], bool]) -> Result:
    """Runs a coroutine to its end; `idle` is called whenever nothing is ready, and says whether it made something so.

    What comes from other threads is not seen by it: a caller that has work out in threads must know.
    """
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(_Selector(idle))) as runner:
        return runner.run(main)
