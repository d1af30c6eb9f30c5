"""How large the measured things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class StreamScale:
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
    latencies: tuple[float, ...] = (0.001, 0.020, 0.080)
    shares: tuple[float, ...] = (0.01, 0.03, 0.1, 0.3, 1.0)


#: The same in under a minute.
QUICK = StreamScale(
    small=1_000,
    clips=12,
    seconds=4,
    kinds=1,
    rows=10_000,
    runs=1,
    batches=4,
    pairs=2,
    latencies=(0.020,),
    shares=(0.1,),
)
