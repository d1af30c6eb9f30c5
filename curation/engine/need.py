"""What a stage needs of a clip before, or while, it works."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Frames:
    """The clip's pictures, in display order, as one decoding for all stages brings them."""


@dataclass(frozen=True)
class SoundOf:
    """The clip's sound. Where there is none the stage does not apply, which is no failure."""


@dataclass(frozen=True)
class Live:
    """The rows of a column while their maker, another stage of the same pass, tells them, `ahead` frames later. An
    array has its rows under its own name; the column that holds their frames is one more need.
    """

    column: str
    ahead: int = 0


@dataclass(frozen=True)
class Made:
    """A column, whole, before the stage begins."""

    column: str


Need = Frames | SoundOf | Live | Made
