"""Work on the next items while the last one is written, in the order in which they stand."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def ahead(items: Iterable[Item], make: Callable[[Item], Made], workers: int) -> Iterator[Iterator[tuple[Item, Made]]]:
    """Items with what `make` makes of them, in their order, made in `workers` threads (codecs work outside of Python's
    lock); at most `workers` results wait or are under way beside the one in hand. What `make` raises is raised at its
    item. At the end of the block what has not begun is forgotten, what has is waited for.
    """
    pool = ThreadPoolExecutor(workers, "packing")
    try:
        yield _in_order(pool, iter(items), make, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _in_order(
    pool: ThreadPoolExecutor, items: Iterator[Item], make: Callable[[Item], Made], workers: int
) -> Iterator[tuple[Item, Made]]:
    begun: deque[tuple[Item, Future[Made]]] = deque()
    for item in islice(items, workers):
        begun.append((item, pool.submit(make, item)))
    while begun:
        item, future = begun.popleft()
        made = future.result()
        for another in islice(items, 1):
            begun.append((another, pool.submit(make, another)))
        del future  # its result is the caller's alone
        yield item, made
        del made
