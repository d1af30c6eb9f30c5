"""Charts as geometry: numbers become places in a drawing, and the page's template writes them as inline SVG.

All places are in units of the chart's own view box, x to the right and y down.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faceshards.viewer.drawing.clip_view import PlotSpan
from faceshards.viewer.summary.histogram import Spread, short

#: A line of more points than pixels says nothing more.
MOST_POINTS = 400
#: A histogram of few bins has slim bars with room between them.
THICKEST = 26.0


@dataclass(frozen=True)
class Bar:
    """One bar of a histogram; `label` says its span and count."""

    x: float
    y: float
    width: float
    height: float
    label: str


@dataclass(frozen=True)
class Bars:
    """The histogram of a spread in a view box of `width` x `height`; `median_x` is where the median stands."""

    spread: Spread
    width: int
    height: int
    bars: tuple[Bar, ...]
    median_x: float

    @classmethod
    def of(cls, spread: Spread, width: int = 240, height: int = 64) -> Bars:
        """Bars whose height is proportional to their count; a bin that holds any sample is at least 2 high."""
        count, peak = len(spread.counts), max(spread.counts)
        step = width / count
        thick = min(step - min(2.0, step / 5), THICKEST)
        bars = []
        for place, samples in enumerate(spread.counts):
            tall = max(2.0, samples / peak * height) if samples else 0.0
            bars.append(
                Bar((place + 0.5) * step - thick / 2, height - tall, thick, tall, _bin_label(spread, place, samples))
            )
        return cls(spread, width, height, tuple(bars), _median_x(spread, width))

    @property
    def description(self) -> str:
        """The chart in words."""
        least, median, greatest = (
            self.spread.text(one) for one in (self.spread.least, self.spread.median, self.spread.greatest)
        )
        return f"{self.spread.samples} samples from {least} to {greatest}, median {median} {self.spread.unit}".strip()


def _bin_label(spread: Spread, place: int, samples: int) -> str:
    if spread.each or len(spread.counts) == 1:
        return f"{short(spread.least + place)}: {samples}"
    step = (spread.greatest - spread.least) / len(spread.counts)
    return f"{short(spread.least + place * step)} to {short(spread.least + (place + 1) * step)}: {samples}"


def _median_x(spread: Spread, width: int) -> float:
    if len(spread.counts) == 1:
        return width / 2
    if spread.each:
        return (spread.median - spread.least + 0.5) * width / len(spread.counts)
    return (spread.median - spread.least) / (spread.greatest - spread.least) * width


@dataclass(frozen=True)
class Tick:
    """A place on an axis and its number."""

    place: float
    label: str


@dataclass(frozen=True)
class Axes:
    """The axes of a plot that is a picture: ticks in percent of its width from the left, of its height from below."""

    x: tuple[Tick, ...]
    y: tuple[Tick, ...]
    x_unit: str
    y_unit: str

    @classmethod
    def of(cls, span: PlotSpan, height: int) -> Axes:
        """Round seconds and, upwards, round numbers of the plot's unit, one in 40 of the picture's `height` pixels."""
        upwards = span.high - span.low
        return cls(
            tuple(Tick(100 * one / span.seconds, short(one)) for one in _ticks(0.0, span.seconds)),
            tuple(
                Tick(100 * (one - span.low) / upwards, short(one))
                for one in _ticks(span.low, span.high, max(2, height // 40))
            ),
            "s",
            span.unit,
        )


@dataclass(frozen=True)
class Line:
    """One named line: `path` is an SVG polyline's points; `first` and `last` are its end values."""

    name: str
    path: str
    first: float
    last: float
    end: tuple[float, float]


@dataclass(frozen=True)
class Lines:
    """A line chart in a view box of `width` x `height`, its plot inside `left`, `top`, `right`, `bottom`."""

    width: int
    height: int
    left: float
    top: float
    right: float
    bottom: float
    lines: tuple[Line, ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]

    @classmethod
    def of(cls, series: Mapping[str, Sequence[tuple[float, float]]], width: int = 640, height: int = 240) -> Lines:
        """Lines of (x, y) points in common axes; points that are not finite are left out, empty series too."""
        kept = {name: _kept(points) for name, points in series.items()}
        kept = {name: points for name, points in kept.items() if points}
        left, top, right, bottom = 48.0, 10.0, width - 12.0, height - 26.0
        xs = _axis([x for points in kept.values() for x, _ in points])
        ys = _axis([y for points in kept.values() for _, y in points])

        def place(point: tuple[float, float]) -> tuple[float, float]:
            x = left + (point[0] - xs[0]) / (xs[1] - xs[0]) * (right - left)
            y = bottom - (point[1] - ys[0]) / (ys[1] - ys[0]) * (bottom - top)
            return round(x, 1), round(y, 1)

        lines = tuple(
            Line(
                name,
                " ".join("{},{}".format(*place(p)) for p in points),
                points[0][1],
                points[-1][1],
                place(points[-1]),
            )
            for name, points in kept.items()
        )
        x_ticks = tuple(Tick(place((x, ys[0]))[0], short(x)) for x in _ticks(*xs))
        y_ticks = tuple(Tick(place((xs[0], y))[1], short(y)) for y in _ticks(*ys))
        return cls(width, height, left, top, right, bottom, lines, x_ticks, y_ticks)


def _kept(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The finite points, thinned evenly to `MOST_POINTS`, the first and the last among them."""
    finite = [(float(x), float(y)) for x, y in points if math.isfinite(x) and math.isfinite(y)]
    if len(finite) <= MOST_POINTS:
        return finite
    step = (len(finite) - 1) / (MOST_POINTS - 1)
    return [finite[round(place * step)] for place in range(MOST_POINTS)]


def _axis(values: Sequence[float]) -> tuple[float, float]:
    """The span of an axis; a single value gets some room around it."""
    if not values:
        return 0.0, 1.0
    least, greatest = min(values), max(values)
    room = (greatest - least) * 0.04 or abs(least) * 0.1 or 1.0
    return least - room, greatest + room


def _ticks(least: float, greatest: float, most: int = 5) -> list[float]:
    """Round numbers (1, 2 or 5 times a power of ten apart) inside the span, at most `most` + 1."""
    raw = (greatest - least) / most
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    first = math.ceil(least / step)
    return [round(place * step, 12) for place in range(first, math.floor(greatest / step) + 1)]
