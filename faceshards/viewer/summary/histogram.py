"""How a scalar is spread: least, median, greatest, and a histogram as numbers, as text and as chart geometry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from faceshards.terminal import size

#: Eight heights of a bar of text.
_BARS = "▁▂▃▄▅▆▇█"
#: Numbers from here on are no measurement, and their sums overflow.
LARGEST = 1e300


@dataclass(frozen=True)
class Spread:
    """One scalar over many samples.

    `counts` are the samples in equal bins from `least` to `greatest`, or, where `each` is true, of each whole number
    between them.
    """

    name: str
    unit: str
    samples: int
    least: float
    median: float
    greatest: float
    counts: tuple[int, ...]
    each: bool

    @classmethod
    def of(cls, name: str, unit: str, values: NDArray[np.float64], bins: int = 16) -> Spread | None:
        """The spread of those `values` that are numbers, nearer to 0 than `LARGEST`; None where there is none.

        A scalar that never differs has one bin; whole numbers of few kinds have a bin each.
        """
        values = values[np.abs(values) < LARGEST]
        if not len(values):
            return None
        least, greatest = float(values.min()), float(values.max())
        span = greatest - least
        each = bool((values == np.round(values)).all()) and span < bins
        if span < 1 / LARGEST:
            places, bins = np.zeros(len(values), np.int64), 1
        elif each:
            places, bins = (values - least).astype(np.int64), int(span) + 1
        else:
            places = np.minimum((values - least) / span * bins, bins - 1).astype(np.int64)
        counts = np.bincount(places, minlength=bins)
        median = float(np.median(values))
        return cls(name, unit, len(values), least, median, greatest, tuple(counts.tolist()), each)

    @property
    def differs(self) -> bool:
        """Whether it has more than one value."""
        return len(self.counts) > 1

    @property
    def sparkline(self) -> str:
        """The histogram as a line of bars; a bin that holds any sample is higher than an empty one."""
        peak = max(self.counts)
        return "".join(_BARS[-(-n * (len(_BARS) - 1) // peak)] for n in self.counts)

    def text(self, value: float) -> str:
        """A value of this scalar for people."""
        return size(int(value)) if self.unit == "B" else short(value)

    def record(self) -> dict[str, Any]:
        """The JSON object of `faceshards inspect --json`."""
        return {
            "name": self.name,
            "unit": self.unit,
            "samples": self.samples,
            "min": self.least,
            "median": self.median,
            "max": self.greatest,
            "histogram": list(self.counts),
        }


def number(value: Any) -> float | None:
    """A finite number as float; None for all else, for booleans, and from `LARGEST` on."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < LARGEST:
        return None
    return float(value)


def short(value: float) -> str:
    """A number for people: at most four significant digits, no exponent for everyday sizes."""
    if value == round(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.4g}" if 1e-3 <= abs(value) < 1e6 else f"{value:.3g}"
