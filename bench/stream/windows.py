"""Windows of long clips: frames decoded, bytes read, and clips a second against webdataset with decord."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import product
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.race import Times, race
from faceshards.bench.stream.clips import DEFAULTS, GOP_25, bit_rate, kinds_of, prepare, shards
from faceshards.bench.stream.peer_process import measured
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.loaders import Loader, ShardDataset, Window
from faceshards.media.geometry import Pixel
from faceshards.media.tables.packets import KEY, OFFSET, SIZE
from faceshards.media.tables.plan import plan_window
from faceshards.media.tables.rows import wide
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode_npy

FRAMES, SIDE, BATCH, WORKERS = 75, 256, 2, 2
DECORD = (
    "webdataset + decord: WebLoader(WebDataset(urls, shardshuffle=4).shuffle(16).map(lambda s: "
    "VideoReader(BytesIO(s['mp4']), width=256, height=256, num_threads=T).get_batch(range(b, b + 75)))"
    ".batched(2).repeat(), num_workers=2), T of 1 and 0 (decord's own choice), whichever is faster"
)


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """A 60 s clip's window, and three races."""
    prepare(
        [
            kind
            for side in (512, 256)
            for options in (GOP_25, DEFAULTS)
            for kind in kinds_of(side, scale.seconds, options, scale.kinds)
        ]
    )
    for side in (512, 256):
        folders = {
            "GOP 25": shards(work / f"{side}-25", side, scale.seconds, GOP_25, scale.kinds, scale.clips),
            "x264 defaults": shards(work / f"{side}-250", side, scale.seconds, DEFAULTS, scale.kinds, scale.clips),
        }
        rates = {f"{name} kbit/s": bit_rate(folder, scale.seconds, scale.clips) for name, folder in folders.items()}
        yield from _cost(folders["GOP 25"], side, scale.seconds)
        yield from _races(scale, side, folders, rates, peers)


def _cost(folder: Path, side: int, seconds: int) -> Iterator[Figure]:
    """What random windows decode and read."""
    dataset = ShardDataset(folder, ["mp4"], window=Window(FRAMES, size=(SIDE, SIDE)))
    rows = dataset.reader()
    decoded, delivered, spans, draws = 0, 0, 0, 40
    before = rows.bytes_read
    facts = 0
    for draw in range(draws):
        unit = draw % len(dataset)
        begin = int(rows.sample(unit, draw)["__frames__"][0])
        place, row = dataset.plan.shard_and_row(unit)
        with Shard(place) as shard:
            table = wide(decode_npy(shard.read(row, "mp4.packets.npy")))
            facts += shard.extent(row, "json").size
        plan = plan_window(table, begin, FRAMES)
        decoded += plan.last - plan.first
        delivered += FRAMES
        keys = np.append(np.flatnonzero(table[:, KEY]), len(table))
        group = table[plan.first : keys[np.searchsorted(keys, plan.last)]]
        spans += int(group[-1, OFFSET] + group[-1, SIZE] - group[0, OFFSET])
    read = rows.bytes_read - before
    clip = f"{FRAMES}-frame window of a {seconds} s clip of {side} px, GOP 25"
    yield Figure(f"{clip}: frames decoded per frame delivered", decoded / delivered, "", ("<=", 1.2))
    peers = {"read KB": read / draws / 1e3, "of it json KB": facts / draws / 1e3, "span KB": spans / draws / 1e3}
    yield Figure(f"{clip}: bytes read over the span of its groups", read / spans, "", ("<=", 1.05), None, peers)


def _races(
    scale: StreamScale, side: int, folders: Mapping[str, Path], rates: dict[str, float], peers: Peers
) -> Iterator[Figure]:
    def ours(folder: Path, pixel: Pixel = "rgb") -> Callable[[], float]:
        dataset = ShardDataset(folder, ["mp4"], window=Window(FRAMES, size=(SIDE, SIDE), pixel=pixel))
        return lambda: timed(dataset, scale.batches)

    def theirs(folder: Path, threads: int) -> Callable[[], float]:
        urls = [str(path) for path in sorted(folder.glob("*.tar"))]
        words = {"frames": FRAMES, "side": SIDE, "workers": WORKERS, "batch": BATCH, "batches": scale.batches}
        return lambda: float(peers.call("clips_webdataset", urls=urls, threads=threads, **words)[0])

    contestants = {"faceshards": ours(folders["GOP 25"]), "planes": ours(folders["GOP 25"], "yuv420")}
    kinds = ("GOP 25", "x264 defaults") if side == 512 else ("x264 defaults",)
    for kind in kinds:
        for threads in (1, 0) if scale.runs > 1 else (1,):
            contestants[f"{kind}, T={threads}"] = theirs(folders[kind], threads)
    times = race(contestants, scale.runs)
    targets = {("GOP 25", 512): (2.3, 2.7), ("x264 defaults", 512): (2.0, 2.0), ("x264 defaults", 256): (2.5, 2.5)}
    for kind, mine in product(kinds, ("faceshards", "planes")):
        better = min((name for name in times if name.startswith(kind)), key=lambda name: times[name].median)
        pair: dict[str, Times] = {mine: times[mine], "webdataset + decord": times[better]}
        same = "the same bytes" if kind == "GOP 25" else f"ours GOP 25, theirs {kind}"
        what = f"{side} px to {SIDE}" if mine == "faceshards" else f"{side} px to planes of {SIDE}"
        least = targets[kind, side][mine == "planes"]
        work = f"clips/s, 2 workers, {what}, {same}"
        figure = ratio(work, pair, "webdataset + decord", least, DECORD, mine)
        clips = BATCH * scale.batches
        speed = {f"{name} clips/s": clips / one.median for name, one in pair.items()}
        yield Figure(figure.work, figure.value, figure.unit, figure.target, figure.best, speed | rates, figure.call)


def timed(dataset: ShardDataset, batches: int) -> float:
    """Seconds of so many batches behind the first, across epochs, with workers started for it."""
    return spent(dataset, batches)[0]


def spent(dataset: ShardDataset, batches: int) -> list[float]:
    """The same: [seconds, processor seconds], those of the workers included."""
    loader = dataset.loader(BATCH, num_workers=WORKERS)
    try:
        return measured(forever(loader), batches)
    finally:
        loader.close()


def forever(loader: Loader) -> Iterator[object]:
    """The batches of one epoch after the other."""
    while True:
        yield from loader
