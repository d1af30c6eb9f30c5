"""Many small samples: batches of arrays in one process."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.loaders import ShardDataset
from faceshards.shards.writer import ShardWriter

BATCH = 256
WEBDATASET = (
    "webdataset: WebLoader(WebDataset(urls, shardshuffle=4).shuffle(1000).decode().to_tuple('a.npy', 'b.npy')"
    ".batched(256), batch_size=None, num_workers=0)"
)
LITDATA = "litdata: StreamingDataLoader(StreamingDataset(folder, shuffle=True), batch_size=256, num_workers=0)"


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """Samples a second against two peers."""
    folder = work / "small"
    folder.mkdir()
    urls = [write(folder / f"s{shard}.tar", range(shard, scale.small, 4)) for shard in range(4)]
    peers.call("small_litdata_write", folder=str(work / "litdata"), count=scale.small)
    batches = scale.small // BATCH - 1
    loader = ShardDataset(folder, ["a.npy", "b.npy"]).loader(BATCH)

    contestants: dict[str, Callable[[], float]] = {
        "faceshards": lambda: timed(iter(loader), batches),
        "webdataset": lambda: peers.call("small_webdataset", urls=urls, batch=BATCH, batches=batches),
        "litdata": lambda: peers.call("small_litdata", folder=str(work / "litdata"), batch=BATCH, batches=batches),
    }
    times = race(contestants, scale.runs)
    work_of = f"shuffled batches of {BATCH} of {scale.small:,} small samples"
    for peer, least, call in (("webdataset", 40, WEBDATASET), ("litdata", 2, LITDATA)):
        yield ratio(work_of, {name: times[name] for name in ("faceshards", peer)}, peer, least, call)


def write(path: Path, numbers: range) -> str:
    """A shard of two arrays a sample."""
    with ShardWriter(path, durable=False) as out:
        for number in numbers:
            values = np.random.default_rng(number).normal(size=640).astype(np.float32)
            out.add(f"k{number:06d}", {"json": {"number": number}, "a.npy": values[:512], "b.npy": values[512:]})
    return str(path)


def timed(batches: Iterator[object], count: int) -> float:
    """Seconds of `count` batches behind the first; the rest of the epoch is read too, so that the next begins anew."""
    next(batches)
    start = time.perf_counter()
    for _ in range(count):
        next(batches)
    seconds = time.perf_counter() - start
    for _ in batches:
        pass
    return seconds
