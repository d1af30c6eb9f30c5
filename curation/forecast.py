"""What work will cost, in seconds of processor time, by what a few clips of it have cost.

A step (decoding, a stage) costs something a clip, and something a frame, a pixel or a second of sound, whichever tells
the sampled clips' costs best: least squares of two numbers that are not below zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

#: A run says what it will cost when so many of its clips are done, and so large a share of them.
LEAST_CLIPS, LEAST_SHARE = 4, 0.05


@dataclass(frozen=True)
class Load:
    """How much there is to work on: clips, frames, megapixels of all frames, seconds of sound."""

    clips: float = 0.0
    frames: float = 0.0
    pixels: float = 0.0
    sound: float = 0.0

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Load:
        """That of a clip, by its json; what it does not tell counts as little."""
        frames = _number(facts, "frames", 1.0)
        area = _number(facts, "width") * _number(facts, "height") / 1e6
        return cls(1.0, frames, frames * area, _number(facts, "sound_duration"))

    def __add__(self, other: Load) -> Load:
        return Load(*(getattr(self, name) + getattr(other, name) for name in _NAMES))


_NAMES = ("clips", "frames", "pixels", "sound")
# What a step's cost may go by.
_DRIVERS = ("frames", "pixels", "sound")


@dataclass(frozen=True)
class Price:
    """Seconds a clip, and seconds a unit of what the cost goes by."""

    clip: float = 0.0
    unit: float = 0.0
    driver: str = "frames"

    @classmethod
    def of(cls, loads: Sequence[Load], costs: Sequence[float]) -> Price:
        """The price that tells these costs best."""
        prices = [price for driver in _DRIVERS for price in _prices(loads, costs, driver)]
        return min(prices, key=lambda price: price.error(loads, costs), default=cls())

    def cost(self, load: Load) -> float:
        """What a load costs."""
        return float(self.clip * load.clips + self.unit * getattr(load, self.driver))

    def error(self, loads: Sequence[Load], costs: Sequence[float]) -> float:
        """How badly it tells these costs; of long clips an error counts as much as of short ones, for their length."""
        return sum(
            (self.cost(load) - cost) ** 2 / max(1.0, load.frames) for load, cost in zip(loads, costs, strict=True)
        )


def _prices(loads: Sequence[Load], costs: Sequence[float], driver: str) -> Iterable[Price]:
    """Prices that may do: of both numbers, where none is below zero, and of each alone."""
    table = np.array([[load.clips, getattr(load, driver)] for load in loads], float).reshape(-1, 2)
    weights = 1 / np.sqrt([max(1.0, load.frames) for load in loads])
    left, right = table * weights[:, None], np.asarray(costs, float) * weights
    for columns in ([0, 1], [0], [1]):
        found = np.zeros(2)
        found[columns] = np.linalg.lstsq(left[:, columns], right, rcond=None)[0]
        if (found >= 0).all():
            yield Price(float(found[0]), float(found[1]), driver)


class Prices:
    """The prices of all steps, by what was paid: `paid` has a load and its cost by step, a row a clip or several."""

    def __init__(self, paid: Iterable[tuple[Load, Mapping[str, float]]]) -> None:
        loads: dict[str, list[Load]] = {}
        costs: dict[str, list[float]] = {}
        for load, by_step in paid:
            for step, seconds in by_step.items():
                loads.setdefault(step, []).append(load)
                costs.setdefault(step, []).append(seconds)
        self._prices = {step: Price.of(loads[step], costs[step]) for step in loads}

    def cost(self, load: Load, steps: Iterable[str]) -> float:
        """What some steps cost on a load; one that was never paid for costs nothing."""
        return sum(self.of(step).cost(load) for step in steps)

    def of(self, step: str) -> Price:
        """The price of a step."""
        return self._prices.get(step, Price())


class RunForecast:
    """What a run over some clips will cost, said when its first ones are done. `loads`: row -> load of all clips that
    it works on.
    """

    def __init__(self, loads: Mapping[int, Load]) -> None:
        self._loads = loads
        self._paid: dict[int, Mapping[str, float]] = {}
        self.predicted: float | None = None

    def add(self, row: int, seconds: Mapping[str, float]) -> None:
        """A clip is done, and cost so many seconds by step."""
        self._paid[row] = dict(seconds)
        enough = max(LEAST_CLIPS, LEAST_SHARE * len(self._loads))
        if self.predicted is None and enough <= len(self._paid) < len(self._loads):
            steps = {step for paid in self._paid.values() for step in paid}
            prices = Prices(
                (self._loads[one], {step: paid.get(step, 0.0) for step in steps}) for one, paid in self._paid.items()
            )
            left = (load for one, load in self._loads.items() if one not in self._paid)
            self.predicted = self.spent + sum(prices.cost(load, steps) for load in left)

    @property
    def spent(self) -> float:
        """Seconds that were paid so far."""
        return sum(sum(paid.values()) for paid in self._paid.values())

    def record(self) -> dict[str, float]:
        """Predicted and actual seconds; nothing where there were too few clips to foretell the others."""
        return {} if self.predicted is None else {"predicted": self.predicted, "actual": self.spent}


def _number(facts: Mapping[str, Any], name: str, default: float = 0.0) -> float:
    value = facts.get(name)
    return float(value) if isinstance(value, (int, float)) and value > 0 else default
