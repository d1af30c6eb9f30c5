"""Samples that turned out to be bad: what stood in for them, how many there may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from faceshards.errors import ClipError, ColumnError, DamagedShard, FaceshardsError, UnsafeData, UsageError

#: What says that a sample is bad. Any other error (a store that is silent, another shard under the name) ends the work.
BAD = (ClipError, ColumnError, DamagedShard, UnsafeData)


@dataclass(frozen=True)
class Fault:
    """A bad sample that was asked for: its shard and key, a reason in a word, the error's line, and the key of the
    sample that was delivered in its place.
    """

    shard: str
    key: str
    reason: str
    message: str
    instead: str


class TooManyFaults(FaceshardsError):
    """More samples are bad than the limit allows."""


@dataclass(frozen=True)
class Limit:
    """How many samples of an epoch may be bad on a rank: a count, or a share of the rank's rows (a float up to 1)."""

    most: int | float = 0.01

    def __post_init__(self) -> None:
        is_limit = isinstance(self.most, Integral) or (isinstance(self.most, Real) and self.most <= 1)
        if isinstance(self.most, bool) or not is_limit or not self.most >= 0:
            raise UsageError(f"max_faults must be a count (0, 1, 2, ...) or a share (0.0 to 1.0), got {self.most!r}")

    def count(self, rows: int) -> int:
        """The limit for so many rows; a share allows at least one."""
        return int(self.most) if isinstance(self.most, Integral) or not self.most else max(1, int(self.most * rows))

    def check(self, faults: Sequence[Fault], rows: int) -> None:
        """Raises TooManyFaults past the limit, with the first fault and the count of each reason. A sample counts once,
        however often it was tried.
        """
        distinct = {(one.shard, one.key): one for one in faults}.values()
        if len(distinct) <= self.count(rows):
            return
        counts = Counter(one.reason for one in distinct)
        reasons = ", ".join(f"{number} {reason}" for reason, number in counts.items())
        remedy = (
            "`faceshards index PATH --deep` finds all"
            if "wrong-crc" in counts
            else "leave such out with where, or allow more"
        )
        raise TooManyFaults(
            f"{faults[0].message} (bad samples so far: {reasons}; max_faults={self.most} allows {self.count(rows)} of "
            f"{rows}: {remedy})"
        )


def reason_of(error: FaceshardsError) -> str:
    """A fault's reason: the code of a clip's error, else what kind of error it is."""
    if isinstance(error, ClipError):
        return error.code
    kinds = {DamagedShard: "wrong-crc", UnsafeData: "unsafe-data"}
    return kinds.get(type(error), "bad-column")
