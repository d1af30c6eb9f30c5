"""What the engine itself costs: a clip, a batch, and a shard on which there is nothing to do."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from faceshards.bench.curate.child import curated
from faceshards.bench.curate.clips import brief, copied, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import BATCH, Batched, Bright, words
from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.media.clip import Clip
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_npy

SIDE, FRAMES, FEW = 64, 100, 20


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """The three."""
    yield _a_clip(scale, work)
    yield _fill(scale, work)
    yield from _again(scale, work)


def _a_clip(scale: CurateScale, work: Path) -> Figure:
    """The command with few clips and with many: what a clip more costs, less a plain loop over the same clips."""
    body = [("nobody", brief(SIDE, FRAMES, 0))]
    few, more = max(4, scale.short // 10), scale.short
    shards = {count: write(work / f"short{count}.tar", body, count) for count in (few, more)}

    def command(count: int) -> Callable[[], float]:
        return lambda: curated([copied(shards[count], work / "made")], words(Bright), "--inline", one_core=True).cpu

    contestants: dict[str, Callable[[], float]] = {
        "few": command(few), "more": command(more), "loop": lambda: _loop(shards[few])
    }  # fmt: skip
    times = race(contestants, scale.runs)
    clip, plain = (times["more"].median - times["few"].median) / (more - few), times["loop"].median / few
    best = (times["more"].best - times["few"].best) / (more - few) - times["loop"].best / few
    name = f"engine's own CPU a clip of {FRAMES} frames: the command, less a plain loop over the same pictures"
    peers = {"a clip ms": 1e3 * clip, "of it the loop ms": 1e3 * plain}
    return Figure(name, 1e3 * (clip - plain), "ms", ("<=", 3), 1e3 * best, peers)


def _loop(path: Path) -> float:
    """CPU seconds of the same work by hand: the clip opened, decoded, looked at, the column encoded."""
    stage, start = Bright(), time.process_time()
    with Shard(path) as shard:
        for row in range(len(shard)):
            found = [stage.values(chunk.pictures, {}) for chunk in Clip.of(shard, row, shard.json(row)).frames(most=32)]
            encode_npy(found[0])
    return time.process_time() - start


def _fill(scale: CurateScale, work: Path) -> Figure:
    shard = write(work / "twenty.tar", [("nobody", brief(SIDE, FEW, 0))], scale.short)
    usage = curated([shard], words(Batched), "--inline")
    rows, runs = usage.count("net_rows"), usage.count("net_runs")
    name = f"batch fill at {BATCH}, a network with a free batch axis, clips of {FEW} frames"
    return Figure(name, rows / (runs * BATCH), "", (">=", 0.9), None, {"rows": rows, "runs": runs})


def _again(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """An unchanged run again, over all shards and over one."""
    body = [("nobody", brief(SIDE, FEW, 0))]
    shards = [write(work / "again" / f"s{number:03d}.tar", body, 4) for number in range(scale.shards)]
    curated(shards, words(Bright), "--inline")
    decoded = curated(shards, words(Bright), "--inline").count("frames_decoded")
    yield Figure(f"unchanged re-run of {len(shards)} shards: frames decoded", decoded, "frames", ("<=", 0))
    some = {"all": shards, "one": shards[:1]}

    def run(name: str) -> Callable[[], float]:
        return lambda: curated(some[name], words(Bright), "--inline").seconds

    times = race({name: run(name) for name in some}, max(3, scale.runs) if len(shards) > 10 else scale.runs)
    value = (times["all"].median - times["one"].median) / (len(shards) - 1)
    best = (times["all"].best - times["one"].best) / (len(shards) - 1)
    peers = {f"{name} s": one.median for name, one in times.items()}
    yield Figure("the same: time a shard, the start left out", 1e3 * value, "ms", ("<=", 5), 1e3 * best, peers)
