"""A store that takes 20 ms a request: clips a second against the peers, and the plan that the range planner chooses."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.object_store import ObjectStore
from faceshards.bench.race import race
from faceshards.bench.stream.clips import GOP_25, shards
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.bench.stream.windows import BATCH, FRAMES, SIDE, WORKERS, timed
from faceshards.loaders import ShardDataset, Window
from faceshards.loaders.fetch.spans import Link
from faceshards.shards.writer import ShardWriter

LATENCY = 0.020
WEBDATASET = "webdataset + decord over http: the same pipeline on WebDataset(['http://...tar'])"
LITDATA = (
    "LitData + decord: optimize(..., chunk_size=clips / 8), StreamingDataLoader(StreamingDataset('s3://...', "
    "cache_dir=<empty>, shuffle=True, transform=decord window), batch_size=2, num_workers=2)"
)
_ROWS, _MEMBER = 2_000, 4_000


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """Two peers, and the planner's table."""
    with running(work / "store") as store:
        yield from _clips(scale, work, store, peers)
        yield from _planner(scale, work, store)


@contextmanager
def running(folder: Path) -> Iterator[ObjectStore]:
    """A store that the environment leads to."""
    environment = dict(os.environ)
    with ObjectStore(folder) as store:
        os.environ.update(store.environment)
        try:
            yield store
        finally:
            os.environ.clear()
            os.environ.update(environment)


def upload(store: ObjectStore, folder: Path, prefix: str) -> list[str]:
    """Puts a folder's files there; the keys."""
    keys = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            keys.append(f"bucket/{prefix}/{path.relative_to(folder)}")
            store.put(keys[-1], path.read_bytes())
    return keys


def _clips(scale: StreamScale, work: Path, store: ObjectStore, peers: Peers) -> Iterator[Figure]:
    folder = shards(work / "remote", 512, scale.seconds, GOP_25, scale.kinds, scale.clips)
    tars = [str(path) for path in sorted(folder.glob("*.tar"))]
    peers.call("clips_litdata_write", urls=tars, folder=str(work / "remote-litdata"))
    keys = upload(store, folder, "clips")
    upload(store, work / "remote-litdata", "litdata")
    urls = [f"{store.endpoint}/{key}" for key in keys if key.endswith(".tar")]
    batches = min(scale.batches, scale.clips // BATCH - 2)
    dataset = ShardDataset("s3://bucket/clips", ["mp4"], window=Window(FRAMES, size=(SIDE, SIDE)))
    words = {"frames": FRAMES, "side": SIDE, "threads": 1, "workers": WORKERS, "batch": BATCH, "batches": batches}
    cache = str(work / "litdata-cache")
    contestants: dict[str, Callable[[], float]] = {
        "faceshards": lambda: timed(dataset, batches),
        "webdataset": lambda: float(peers.call("clips_webdataset", urls=urls, **words)[0]),
        "litdata": lambda: float(
            peers.call("clips_litdata", url="s3://bucket/litdata", endpoint=store.endpoint, cache=cache, **words)
        ),
    }
    store.slow(LATENCY)
    try:
        times = race(contestants, scale.runs)
    finally:
        store.slow(0)
    name = f"S3 with 20 ms a request: {FRAMES}-frame windows of {scale.seconds} s clips of 512 px, 2 workers"
    for peer, call, least in (("webdataset", WEBDATASET, 2.4), ("litdata", LITDATA, 3)):
        figure = ratio(name, {one: times[one] for one in ("faceshards", peer)}, peer, least, call)
        speed = {f"{one} clips/s": BATCH * batches / times[one].median for one in ("faceshards", peer)}
        yield Figure(figure.work, figure.value, figure.unit, figure.target, figure.best, speed, call)


def _planner(scale: StreamScale, work: Path, store: ObjectStore) -> Iterator[Figure]:
    """Selectivity x latency: how much slower the chosen plan is than the better of the two pure ones."""
    folder = work / "planner"
    folder.mkdir()
    order = np.random.default_rng(0).permutation(_ROWS)
    with ShardWriter(folder / "rows.tar", durable=False) as out:
        body = np.zeros((_MEMBER - 128) // 8)
        for number in range(_ROWS):
            out.add(f"k{number:05d}", {"json": {"rank": int(order[number])}, "a.npy": body + number})
    upload(store, folder, "planner")
    worst, table = 0.0, {}
    for latency in scale.latencies:
        store.slow(latency)
        for share in scale.shares:
            plans = {"ranges": Link(0.0), "stream": _Streaming(0.0), "chosen": None}
            seconds = race({name: _epoch(share, link) for name, link in plans.items()}, min(5, scale.runs))
            better = min(seconds["ranges"].median, seconds["stream"].median)
            over = seconds["chosen"].median / better
            worst = max(worst, over)
            table[f"{latency * 1e3:.0f} ms, {share:.0%}"] = round(over, 2)
    store.slow(0)
    yield Figure(
        "range planner, 1 to 100 % at 1, 20, 80 ms: chosen plan over the better, worst case",
        worst,
        "",
        ("<=", 1.2),
        None,
        table,
    )


class _Streaming(Link):
    """A way on which everything between the first and the last wanted byte is read."""

    @property
    def gap(self) -> int:
        """Any gap."""
        return 1 << 62


def _epoch(share: float, link: Link | None) -> Callable[[], float]:
    dataset = ShardDataset("s3://bucket/planner", ["a.npy"], where=f"rank < {int(share * _ROWS)}")
    if link is not None:
        dataset.__dict__["link"] = link
    assert dataset.link is not None and len(dataset)

    def run() -> float:
        loader = dataset.loader(min(20, len(dataset)))
        start = time.perf_counter()
        for _ in loader:
            pass
        seconds = time.perf_counter() - start
        loader.close()
        return seconds

    return run
