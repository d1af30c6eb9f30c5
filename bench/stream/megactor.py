"""MegActor's own shards against ours that are packed of them: clips a second on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import Times, race
from faceshards.bench.stream.clips import bit_rate
from faceshards.bench.stream.own_shards import COLUMN, OwnShards, tars
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.bench.stream.windows import BATCH, DECORD, FRAMES, SIDE, WORKERS, spent
from faceshards.loaders import ShardDataset, Window
from faceshards.media.geometry import Pixel
from faceshards.shards.storage.url import Url

PEER = "webdataset + decord"
CALL = f"MegActor's shards: {DECORD}; ours: faceshards pack clips NAME.tar --rendition SIDE"
_PIXELS: tuple[Pixel, ...] = ("rgb", "yuv420")
#: Side of MegActor's clips -> how many times faster ours are at least, in each of these pixels.
_LEAST = {512: (4.0, 5.0), 256: (4.5, 7.0)}


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """A race for each size of MegActor's clips: training copies of that size, and of the windows' own."""
    for side, least in _LEAST.items():
        shards = OwnShards(work / str(side), side, scale, peers)
        folders = {copy: shards.ours(copy) for copy in dict.fromkeys((side, SIDE))}
        used: dict[str, list[float]] = {}
        contestants = _contestants(shards, folders, scale, peers, used)
        times = race(contestants, scale.runs)
        cpu = {name: Times(tuple(each)) for name, each in used.items()}
        kept = {"own kbit/s": bit_rate(shards.own, scale.seconds, scale.clips)}
        for copy in folders:
            for pixel, enough, what in zip(_PIXELS, least, ("", " as planes"), strict=True):
                name = f"clips/s, 2 workers, MegActor's own {side} px to {SIDE}{what}, ours a copy of {copy} px"
                pair = _pair(times, f"{pixel} of {copy}")
                figure = ratio(name, pair, PEER, enough, CALL)
                speed = {f"{one} clips/s": BATCH * scale.batches / each.median for one, each in pair.items()}
                # On a machine that others use the clock tells of them; the processors' time tells of the two.
                spent_by = _pair(cpu, f"{pixel} of {copy}")
                speed["of processor time, x"] = spent_by[PEER].median / spent_by["faceshards"].median
                yield replace(figure, peers=speed | kept)


def _contestants(
    shards: OwnShards, folders: Mapping[int, Path], scale: StreamScale, peers: Peers, used: dict[str, list[float]]
) -> dict[str, Callable[[], float]]:
    """The peer with one decoding thread and with as many as decord chooses; ours in both pixels. What a run took of the
    processors is added to `used`.
    """
    words = {"frames": FRAMES, "side": SIDE, "workers": WORKERS, "batch": BATCH, "batches": scale.batches}
    measured: dict[str, Callable[[], list[float]]] = {}
    for threads in (1, 0) if scale.runs > 1 else (1,):
        ask = partial(peers.call, "clips_webdataset", urls=tars(shards.own), threads=threads, **words)
        measured[f"{PEER}, T={threads}"] = ask
    for copy, pixel in product(folders, _PIXELS):
        measured[f"{pixel} of {copy}"] = partial(spent, windows(folders[copy], pixel), scale.batches)

    def run(name: str) -> float:
        seconds, cpu = measured[name]()
        used.setdefault(name, []).append(cpu)
        return seconds

    return {name: partial(run, name) for name in measured}


def _pair(times: Mapping[str, Times], mine: str) -> dict[str, Times]:
    """Ours and the peer's better way."""
    better = min((name for name in times if name.startswith(PEER)), key=lambda name: times[name].median)
    return {"faceshards": times[mine], PEER: times[better]}


def windows(folder: Path | Url | str, pixel: Pixel = "rgb") -> ShardDataset:
    """What is trained from: windows of the training copies."""
    return ShardDataset(folder, [COLUMN], window=Window(FRAMES, size=(SIDE, SIDE), pixel=pixel))
