"""What a caller adds to the report page: curves of numbers and single pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from faceshards.viewer.drawing.drawing import Picture


@dataclass(frozen=True)
class Curve:
    """A line chart: `series` maps a name to its (x, y) points, at most four names."""

    title: str
    series: Mapping[str, Sequence[tuple[float, float]]]
    caption: str = ""
    x_label: str = "step"
    y_label: str = "loss"


@dataclass(frozen=True)
class Plate:
    """One picture, uint8 (H, W, 3) RGB, shown as it is; `alt` says what it shows to those who cannot see it."""

    title: str
    picture: Picture
    alt: str
    caption: str = ""
