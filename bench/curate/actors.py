"""Actors on a Ray that is up: one shard among two of them, and what their driver costs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from faceshards.bench.curate.child import curated, driven
from faceshards.bench.curate.clips import brief, copied, write
from faceshards.bench.curate.cluster import ray_up
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import Bright, words
from faceshards.bench.figure import Figure
from faceshards.bench.race import race

SIDE, FRAMES = 256, 50
TINY, FEW = 32, 8
# Clips of a shard of tiny ones.
_A_SHARD = 500
CALL = "faceshards curate SHARD --stages stylize --ray HOST:PORT --workers 2"


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """The two."""
    with ray_up() as address:
        yield _two(scale, work, address)
        yield _driver(scale, work, address)


def _two(scale: CurateScale, work: Path, address: str) -> Figure:
    shard = write(work / "shared.tar", [("nobody", brief(SIDE, FRAMES, number)) for number in range(2)], scale.shared)

    def run(actors: int) -> Callable[[], float]:
        where = ("--ray", address, "--workers", str(actors))
        return lambda: curated([copied(shard, work / "made")], "stylize", *where).seconds

    times = race({"one": run(1), "two": run(2)}, scale.runs)
    name = f"one shard of {scale.shared} clips of {FRAMES} frames, {SIDE} px: two actors over one, Ray up"
    peers = {f"{actors} s": one.median for actors, one in times.items()}
    best = times["one"].best / times["two"].best
    return Figure(name, times["one"].median / times["two"].median, "x", (">=", 1.6), best, peers, CALL)


def _driver(scale: CurateScale, work: Path, address: str) -> Figure:
    """The command's own processor time with many clips and with few, for each clip more."""
    body, few = [("nobody", brief(TINY, FEW, 0))], max(1, scale.many // 100)

    def command(clips: int) -> float:
        size = min(_A_SHARD, max(1, clips // 2))
        shards = [write(work / f"tiny{clips}" / f"s{n:03d}.tar", body, size) for n in range(clips // size)]
        return driven(shards, words(Bright), "--ray", address, "--workers", "2")

    start, whole = command(few), command(scale.many)
    name = f"driver's CPU a clip, {scale.many:,} clips of {FEW} frames at {TINY} px under way"
    value = 1e3 * (whole - start) / (scale.many - few)
    return Figure(name, value, "ms", ("<=", 0.2), None, {"driver s": whole, f"of {few} clips s": start})
