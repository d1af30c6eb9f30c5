"""Who is faster, on a machine that others use too: runs in turns, the order reversed each time, medians."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Times:
    """Seconds of each run."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)

    @property
    def best(self) -> float:
        """The fastest run: what is left when nobody else was there."""
        return min(self.seconds)


def race(
    contestants: Mapping[str, Callable[[], object]], runs: int, clean: Callable[[], None] = lambda: None
) -> dict[str, Times]:
    """The times of each contestant, `runs` of them; `clean` comes before each run and is not timed. One that times
    itself (leaving out what is not to be measured) returns its seconds, a float.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    names = list(contestants)
    for number in range(runs):
        for name in names if number % 2 == 0 else names[::-1]:
            clean()
            gc.collect()
            start = time.perf_counter()
            own = contestants[name]()
            seconds[name].append(own if isinstance(own, float) else time.perf_counter() - start)
    return {name: Times(tuple(each)) for name, each in seconds.items()}
