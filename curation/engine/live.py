"""Tables that one stage of a pass makes and others read while they are made: rows by the frames that they are of."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import numpy as np

from faceshards.errors import ClipError

#: Name -> array (R, ...); `frame`, int64 (R,), ascending, is the frame of each row.
Rows = Mapping[str, np.ndarray]


class LiveTable:
    """The rows of a column, as far as they are told. `column` names it in errors."""

    def __init__(self, column: str) -> None:
        self.column = column
        self._parts: list[Rows] = []
        self._through = -1
        self._ended = False
        self._error: ClipError | None = None
        self._waiting: list[asyncio.Future[None]] = []

    @classmethod
    def whole(cls, column: str, rows: Rows) -> LiveTable:
        """One whose rows are all there already."""
        table = cls(column)
        table.tell(-1, rows)
        table.end()
        return table

    def tell(self, through: int, rows: Rows) -> None:
        """More rows: now those of all frames up to `through` are told."""
        if len(rows["frame"]):
            self._parts.append(rows)
        self._through = max(self._through, through)
        self._wake()

    def end(self, error: ClipError | None = None) -> None:
        """No more rows come, because their maker is done, or has failed."""
        self._ended, self._error = True, error
        self._wake()

    async def between(self, first: int, last: int) -> dict[str, np.ndarray]:
        """The rows of the frames `first` to `last`, both included; fewer where the clip ends before. Raises ClipError
        `needs-failed` where their maker fails before it has told them.
        """
        while last > self._through and not self._ended:
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        if self._error is not None:
            raise ClipError("needs-failed", f"{self.column} has no value: the stage that makes it failed")
        return self._cut(first, last)

    def _cut(self, first: int, last: int) -> dict[str, np.ndarray]:
        if not self._parts:
            return {"frame": np.zeros(0, np.int64)}
        found = []
        for part in self._parts:
            start, stop = np.searchsorted(part["frame"], [first, last + 1])
            if stop > start or part is self._parts[-1]:
                found.append({name: array[start:stop] for name, array in part.items()})
        return {name: np.concatenate([part[name] for part in found]) for name in found[0]}

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            if not one.done():
                one.set_result(None)
