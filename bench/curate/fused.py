"""Stages that share a decoding, against a run each; and how often a frame is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from faceshards.bench.curate.child import Usage, curated
from faceshards.bench.curate.clips import copied, moving, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import FIVE, Bright, Relative, words
from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.bench.stream.clips import FPS

SIDE = 512
CALL = f"faceshards curate SHARD --stages {words(Bright)},... --inline"


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Five stages in one run and in five; a stage that must know another's whole column."""
    kinds = [("nobody", moving(SIDE, scale.seconds, number)) for number in range(2)]
    shard = write(work / "plain.tar", kinds, scale.plain)
    frames, usages = scale.plain * scale.seconds * FPS, {}

    def runs(name: str, *groups: str) -> Callable[[], float]:
        def run() -> float:
            made = copied(shard, work / "made")
            usages[name] = [curated([made], stages, "--inline") for stages in groups]
            return sum(usage.cpu for usage in usages[name])

        return run

    each = [words(stage) for stage in FIVE]
    times = race({"fused": runs("fused", ",".join(each)), "a run each": runs("a run each", *each)}, min(3, scale.runs))
    fused, apart = (_decoded(usages[name]) / frames for name in ("fused", "a run each"))
    name = f"five picture stages, {SIDE} px: frames decoded by a run each, over those of one run"
    yield Figure(name, apart / fused, "x", (">=", 5), None, {"decodes a frame, fused": fused})
    seconds = usages["fused"][0].total["seconds"]
    spent = {f"{stage.name} ms a frame": 1e3 * seconds[stage.name] / frames for stage in FIVE}
    slow = {"fused s": times["fused"].median, "a run each s": times["a run each"].median}
    name = "the same: CPU seconds of a run each, over those of one run"
    best = times["a run each"].best / times["fused"].best
    yield Figure(name, slow["a run each s"] / slow["fused s"], "x", (">=", 3.5), best, {**slow, **spent}, CALL)
    worst = max(seconds[stage.name] for stage in FIVE) / frames
    yield Figure("the same: ms a frame of the slowest of the five", 1e3 * worst, "ms", ("<=", 0.3))
    whole = curated([copied(shard, work / "made")], words(Bright, Relative), "--inline")
    name = "decodes a frame where a stage must know another's whole column"
    yield Figure(name, _decoded([whole]) / frames, "", ("<=", 2))


def _decoded(usages: list[Usage]) -> int:
    return sum(usage.count("frames_decoded") for usage in usages)
