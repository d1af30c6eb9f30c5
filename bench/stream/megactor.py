"""MegActor's own shards against ours that are packed of them: clips a second on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import race
from faceshards.bench.stream.clips import bit_rate
from faceshards.bench.stream.own_shards import COLUMN, OwnShards, tars
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.bench.stream.windows import BATCH, DECORD, FRAMES, SIDE, WORKERS, timed
from faceshards.loaders import ShardDataset, Window
from faceshards.media.geometry import Pixel
from faceshards.shards.storage.url import Url

PEER = "webdataset + decord"
CALL = f"MegActor's shards: {DECORD}; ours: faceshards pack clips NAME.tar --rendition SIDE"
#: Side of MegActor's clips -> how many times faster ours are at least: pictures, planes.
_LEAST = {512: (4.0, 5.0), 256: (4.5, 7.0)}


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """A race for each size of MegActor's clips: training copies of that size, and of the windows' own."""
    for side, least in _LEAST.items():
        shards = OwnShards(work / str(side), side, scale, peers)
        folders = {copy: shards.ours(copy) for copy in dict.fromkeys((side, SIDE))}
        contestants: dict[str, Callable[[], float]] = {}
        for threads in (1, 0) if scale.runs > 1 else (1,):
            contestants[f"{PEER}, T={threads}"] = theirs(shards.own, threads, scale.batches, peers)
        for copy, folder in folders.items():
            for pixel in ("rgb", "yuv420"):
                contestants[f"{pixel} of {copy}"] = ours(windows(folder, pixel), scale.batches)
        times = race(contestants, scale.runs)
        better = min((name for name in times if name.startswith(PEER)), key=lambda name: times[name].median)
        rates = {"own kbit/s": bit_rate(shards.own, scale.seconds, scale.clips)}
        for copy in folders:
            for pixel, enough, what in zip(("rgb", "yuv420"), least, ("", " as planes"), strict=True):
                pair = {"faceshards": times[f"{pixel} of {copy}"], PEER: times[better]}
                name = f"clips/s, 2 workers, MegActor's own {side} px to {SIDE}{what}, ours a copy of {copy} px"
                figure = ratio(name, pair, PEER, enough, CALL)
                speed = {f"{one} clips/s": BATCH * scale.batches / each.median for one, each in pair.items()}
                yield replace(figure, peers=speed | rates)


def windows(folder: Path | Url | str, pixel: Pixel = "rgb") -> ShardDataset:
    """What is trained from: windows of the training copies."""
    return ShardDataset(folder, [COLUMN], window=Window(FRAMES, size=(SIDE, SIDE), pixel=pixel))


def ours(dataset: ShardDataset, batches: int) -> Callable[[], float]:
    """Seconds of so many batches of ours."""
    return lambda: timed(dataset, batches)


def theirs(folder: Path, threads: int, batches: int, peers: Peers) -> Callable[[], float]:
    """Seconds of so many batches of webdataset and decord, from files."""
    words = {"frames": FRAMES, "side": SIDE, "workers": WORKERS, "batch": BATCH, "batches": batches}
    return lambda: float(peers.call("clips_webdataset", urls=tars(folder), threads=threads, **words))
