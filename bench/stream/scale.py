"""How large the measured things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """`small` samples of two arrays; `clips` of `seconds`; `kinds` different ones; `rows` of the largest plan; each
    race has `runs` of `batches` batches; `pairs` windows of picture and sound a kind of file.
    """

    small: int = 20_000
    clips: int = 48
    seconds: int = 60
    kinds: int = 4
    rows: int = 1_000_000
    runs: int = 7
    batches: int = 12
    pairs: int = 60


#: The same in under a minute.
QUICK = Scale(small=4_000, clips=12, seconds=8, kinds=1, rows=100_000, runs=3, batches=3, pairs=6)
