"""How large the measured things are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class CurateScale:
    """`talking` clips of `seconds` for the six stages; `plain` clips of `seconds` for stages on pictures; `short` clips
    of 100 frames, and of 20; `shards` that are run again; a clip `times` as long as one of ten seconds; `shared` clips
    of one shard for two actors; `many` clips of 8 frames; each race has `runs`.
    """

    talking: int = 4
    plain: int = 8
    seconds: int = 10
    short: int = 1000
    shards: int = 50
    times: int = 60
    shared: int = 200
    many: int = 10_000
    runs: int = 5


#: The same in a few minutes.
QUICK = CurateScale(talking=2, plain=4, seconds=2, short=40, shards=6, times=3, shared=12, many=200, runs=1)
