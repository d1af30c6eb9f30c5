"""Shards in a store: the clock's time a clip beside a disk, bytes and requests, and many shards with nothing to do."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faceshards.bench.curate.child import curated
from faceshards.bench.curate.clips import copied, talking, write
from faceshards.bench.curate.scale import CurateScale
from faceshards.bench.curate.toys import Bright, words
from faceshards.bench.figure import Figure
from faceshards.bench.object_store import ObjectStore
from faceshards.bench.race import race

#: Seconds that each request takes.
LATENCY = 0.02
SIDE = 256
_STAGES = f"loudness,{words(Bright)}"


def measure(scale: CurateScale, work: Path) -> Iterator[Figure]:
    """The three."""
    with ObjectStore(work / "objects") as store, _found(store):
        yield from _a_clip(scale, work, store)
        yield from _many(scale, work, store)


def _a_clip(scale: CurateScale, work: Path, store: ObjectStore) -> Iterator[Figure]:
    """The command with few clips and with many, on the disk and in the store: what a clip more costs."""
    clips = [talking(SIDE, scale.seconds, number) for number in range(2)]
    few, more = 4, max(8, scale.shared // 2)
    shards = {count: write(work / f"clips{count}.tar", clips, count) for count in (few, more)}

    def on_disk(count: int) -> Callable[[], float]:
        return lambda: curated([copied(shards[count], work / "made")], _STAGES, "--inline").seconds

    def in_store(count: int) -> Callable[[], float]:
        def run() -> float:
            _put(store, shards[count], f"bucket/clips/{count}.tar")
            return _curated(store, f"s3://bucket/clips/{count}.tar", work / "scratch")

        return run

    contestants = {f"{where} {count}": way(count) for where, way in (("disk", on_disk), ("store", in_store))
                   for count in (few, more)}  # fmt: skip
    times = race(contestants, scale.runs)
    disk, away = ((times[f"{name} {more}"].median - times[f"{name} {few}"].median) / (more - few)
                  for name in ("disk", "store"))  # fmt: skip
    name = f"a clip of {scale.seconds} s in a store of {1e3 * LATENCY:.0f} ms a request over one on a disk"
    yield Figure(name, away / disk, "x", ("<=", 1.1), None, {"disk ms": 1e3 * disk, "store ms": 1e3 * away})
    _put(store, shards[more], "bucket/clips/all.tar")
    store.log(clear=True)
    _curated(store, "s3://bucket/clips/all.tar", work / "other")
    log, size = store.log(clear=True), shards[more].stat().st_size
    for way, said in (("sent", "read of"), ("received", "written to")):
        value = sum(one[way] for one in log) / size
        yield Figure(f"the same: bytes {said} the store over the shard's", value, "x", ("<=", 1.05))
    yield Figure("the same: requests a clip", len(log) / more, "requests")


def _many(scale: CurateScale, work: Path, store: ObjectStore) -> Iterator[Figure]:
    """Shards on which there is nothing to do."""
    shard, count = write(work / "one.tar", [talking(SIDE, 1, 0)], 4), 20 * scale.shards
    curated([shard], words(Bright), "--inline")
    for number in range(count):
        for suffix in (".tar", ".parquet", ".curate.json"):
            store.put(f"bucket/many/s{number:04d}{suffix}", shard.with_suffix(suffix).read_bytes())
    one = _curated(store, "s3://bucket/many/s0000.tar", work / "scratch", words(Bright))
    store.log(clear=True)
    seconds = _curated(store, "s3://bucket/many", work / "scratch", words(Bright)) - one
    name = f"{count} shards of a store in which there is nothing to do, the start left out"
    yield Figure(name, seconds, "s", ("<=", 10 * count / 1000))
    yield Figure("the same: requests a shard", len(store.log()) / count, "requests")


def _curated(store: ObjectStore, where: str, scratch: Path, stages: str = _STAGES) -> float:
    """Seconds of the command, while each request is slow."""
    store.slow(LATENCY)
    try:
        return curated([where], stages, "--inline", "--scratch", str(scratch)).seconds
    finally:
        store.slow(0)


def _put(store: ObjectStore, shard: Path, key: str) -> None:
    store.put(key, shard.read_bytes())
    store.put(key.replace(".tar", ".parquet"), shard.with_suffix(".parquet").read_bytes())


@contextmanager
def _found(store: ObjectStore) -> Iterator[None]:
    """The commands find the store."""
    before = dict(os.environ)
    os.environ.update(store.environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
