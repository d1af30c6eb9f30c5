"""The same stages in Ray Data: an actor pool each, and the frames in the object store between them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from faceshards.bench.curate.child import curated, used
from faceshards.bench.curate.clips import brief, copied, write
from faceshards.bench.curate.cluster import ray_up
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import FIVE, Cartooned, words
from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.curation.engine.stage import Stage

SIDE, FRAMES = 256, 250
CALL = (
    "Ray Data: from_items(clips).flat_map(decode).map_batches(Stage, batch_size=32, batch_format='numpy', "
    "compute=ActorPoolStrategy(size=n), num_cpus=...), once a stage, .drop_columns(['image']).write_parquet(folder)"
)


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """Five light stages, and a heavy one; seconds of the clock, both on the same two CPUs of a Ray that is up."""
    body = [("nobody", brief(SIDE, FRAMES * scale.seconds // 10, number)) for number in range(2)]
    shards = [write(work / "data" / f"s{number}.tar", body, max(1, scale.plain // 4)) for number in range(4)]
    with ray_up() as address:
        yield _against("five picture stages", FIVE, 1, 1.3, shards, work, address, min(3, scale.runs))
        yield _against("a stage of some ms a frame", (Cartooned,), 2, 1.0, shards, work, address, min(3, scale.runs))


def _against(
    what: str, stages: tuple[type[Stage[Any]], ...], pool: int, least: float, shards: list[Path], work: Path,
    address: str, runs: int,
) -> Figure:  # fmt: skip
    def ours() -> float:
        made = [copied(shard, work / "made" / shard.stem) for shard in shards]
        return curated(made, words(*stages), "--ray", address, "--workers", "2").seconds

    def theirs() -> float:
        out = work / "ray"
        shutil.rmtree(out, ignore_errors=True)
        process = ["-m", "faceshards.bench.curate.ray_data_process"]
        return used([*process, address, words(*stages), str(pool), str(out), *map(str, shards)])[0].seconds

    contestants: dict[str, Callable[[], float]] = {"faceshards": ours, "Ray Data": theirs}
    name = f"{what}, {SIDE} px, two CPUs, Ray up"
    return ratio(name, race(contestants, runs), "Ray Data", least, CALL)
