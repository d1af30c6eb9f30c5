"""Work that a page waits for: begun when it is first asked for, done once, in a thread of its own."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import Any, Generic, TypeVar

from faceshards.errors import FaceshardsError

Result = TypeVar("Result")


class Background(Generic[Result]):
    """`make` is given a function that takes how much is done, and of how much. An error of ours is raised whenever the
    result is asked for. Safe to use from several threads.
    """

    def __init__(self, make: Callable[[Callable[[int, int], None]], Result]) -> None:
        self._make = make
        self._lock = Lock()
        self._thread: Thread | None = None
        self._result: list[Result] = []
        self._error: BaseException | None = None
        self.done, self.total = 0, 0

    def asked(self) -> Result | None:
        """The result, or None while it is in the making. Raises what made it fail."""
        self._begin()
        if self._error is not None:
            raise self._error
        return self._result[0] if self._result else None

    def wait(self) -> Result:
        """The result, when it is there. Raises what made it fail."""
        self._begin().join()
        if self._error is not None:
            raise self._error
        return self._result[0]

    def told(self) -> dict[str, Any]:
        """How far it is, as JSON values."""
        return {"working": True, "done": self.done, "of": self.total}

    def _begin(self) -> Thread:
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, daemon=True)
                self._thread.start()
            return self._thread

    def _run(self) -> None:
        try:
            self._result.append(self._make(self._advance))
        except (FaceshardsError, OSError, ValueError, MemoryError) as error:
            self._error = error

    def _advance(self, done: int, total: int) -> None:
        self.done, self.total = done, total
