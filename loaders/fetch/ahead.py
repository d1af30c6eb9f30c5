"""Work that is begun before it is needed, in the known order, with bounded bytes under way."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

#: Bytes of a group of neighbours, at least: fewer are not worth a request.
LEAST_GROUP = 4 << 20
#: Bytes that all consumers have under way of what is fetched draw by draw.
UNDER_WAY = 64 << 20


class Hand(NamedTuple):
    """What is drawn at a time: `rows` of the plan, one in most units, the `epoch` that they are drawn in, the number of
    the `unit` in its deck, and its `key`.
    """

    rows: tuple[int, ...]
    epoch: int
    unit: int = 0
    key: str = ""


# The first group is small, so that the first batch comes soon; each next one is twice as large.
_RAMP = 16


class Ahead(Generic[T]):
    """Begins the work on the next draws of a schedule, group after group.

    `begin` is given the draws of a group and returns at once a handle on what it has begun; `size` says how many bytes
    a draw costs. A group has up to `group` bytes (at least one draw), and up to `limit` bytes are under way.
    """

    def __init__(
        self,
        schedule: Iterator[Hand],
        begin: Callable[[Sequence[Hand]], T],
        size: Callable[[Hand], int],
        *,
        group: int,
        limit: int,
    ) -> None:
        self._schedule, self._begin, self._size = schedule, begin, size
        self._most, self._limit = group, limit
        self._group = max(1, group // _RAMP)
        self._waiting: deque[tuple[Hand, int, T]] = deque()
        self._bytes = 0

    def take(self, draw: Hand) -> T | None:
        """The handle of the group that holds a draw; None where the draw is not the next one of the schedule."""
        if not self._waiting:
            self._begin_next()
        if not self._waiting or self._waiting[0][0] != draw:
            return None
        _, size, handle = self._waiting.popleft()
        self._bytes -= size
        while self._bytes + self._group <= self._limit and self._begin_next():
            pass
        return handle

    def _begin_next(self) -> bool:
        group: list[tuple[Hand, int]] = []
        total = 0
        for draw in self._schedule:
            group.append((draw, self._size(draw)))
            total += group[-1][1]
            if total >= self._group:
                break
        if not group:
            return False
        self._group = min(2 * self._group, max(1, self._most))
        handle = self._begin([draw for draw, _ in group])
        self._waiting += [(draw, size, handle) for draw, size in group]
        self._bytes += total
        return True


def each_apart(
    schedule: Iterator[Hand], fetch: Callable[[Hand], T], size: Callable[[Hand], int], pool: Executor, share: float
) -> Ahead[Callable[[], T]]:
    """Each draw is fetched by a thread of the pool, as one of 1 / `share` consumers; its handle is called for what
    `fetch` gives.
    """
    limit = max(LEAST_GROUP, int(UNDER_WAY * share))
    return Ahead(schedule, lambda hands: pool.submit(fetch, *hands).result, size, group=1, limit=limit)
