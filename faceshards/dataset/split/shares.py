"""How much of a data set each side gets."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from math import isclose

from faceshards.errors import UsageError

#: The sides. What a model may have been trained on is never tested on: where clips of one person stand on several, all
#: go to the first of them.
SIDES = ("train", "validation", "test")


@dataclass(frozen=True)
class Shares:
    """The shares of the clips, which sum to 1. Raises UsageError for others, and for nothing to train on."""

    train: float = 0.9
    validation: float = 0.05
    test: float = 0.05

    def __post_init__(self) -> None:
        if min(self.each) < 0 or not isclose(sum(self.each), 1, abs_tol=1e-6):
            told = ", ".join(f"--{side} {share:g}" for side, share in zip(SIDES, self.each, strict=True))
            raise UsageError(f"shares must be 0 or more and sum to 1, got {told}")
        if not self.train:
            raise UsageError("--train must be above 0: clips of whom nothing is known go there")

    @property
    def each(self) -> tuple[float, ...]:
        """In the order of `SIDES`."""
        return astuple(self)
