"""MegActor's own shards and ours in a store that takes 20 ms a request, on wide and narrow lines: clips a second, and
bytes a clip.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from faceshards.bench.figure import Figure, ratio
from faceshards.bench.object_store import ObjectStore
from faceshards.bench.race import race
from faceshards.bench.stream.megactor import windows
from faceshards.bench.stream.own_shards import OwnShards, tars
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.bench.stream.store import LATENCY, LITDATA, WEBDATASET, running, upload
from faceshards.bench.stream.windows import BATCH, FRAMES, SIDE, WORKERS, timed

_SOURCE = 512
_COPIES = (_SOURCE, SIDE)
PEERS = ("webdataset", "litdata")
CALL = f"{WEBDATASET}; {LITDATA}"


@dataclass(frozen=True)
class StoreLine:
    """A way to the store of `bandwidth` bits a second (0: this machine's memory), and how many times faster than each
    peer ours is at least.
    """

    name: str
    bandwidth: float
    least: float


_FREE = StoreLine("20 ms a request", 0, 3)
_NARROW = (StoreLine("20 ms a request, 100 Mbit/s", 100e6, 3), StoreLine("20 ms a request, 25 Mbit/s", 25e6, 8))


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """Both peers on each line, and what a clip costs."""
    with running(work / "store") as store:
        shards = _filled(store, OwnShards(work / "made", _SOURCE, scale, peers))
        yield from _bytes(scale, store, peers)
        batches = min(scale.batches, scale.clips // BATCH - 2)
        yield from _raced(scale, _FREE, batches, store, shards, ("own", "same"))
        for line in _NARROW:  # nearly a whole epoch: what the peers had read before its first batch weighs less
            few = replace(scale, runs=min(3, scale.runs))
            yield from _raced(few, line, scale.clips // BATCH - 2, store, shards, ("own",))


def _filled(store: ObjectStore, shards: OwnShards) -> OwnShards:
    """Puts there MegActor's shards, the same bytes as ours in their layout, both for LitData, and ours."""
    for name, folder in (("own", shards.own), ("same", shards.same(_SOURCE))):
        upload(store, folder, name)
        converted = shards.folder / f"litdata-{name}"
        shards.peers.call("clips_litdata_write", urls=tars(folder), folder=str(converted))
        upload(store, converted, f"litdata-{name}")
    for copy in _COPIES:
        upload(store, shards.ours(copy), f"ours-{copy}")
    return shards


def _raced(
    scale: StreamScale, line: StoreLine, batches: int, store: ObjectStore, shards: OwnShards, kinds: tuple[str, ...]
) -> Iterator[Figure]:
    store.slow(LATENCY)
    store.narrow(line.bandwidth)
    try:
        contestants = {
            f"ours {copy}": partial(timed, windows(f"s3://bucket/ours-{copy}"), batches) for copy in _COPIES
        } | _theirs(kinds, batches, store, shards)
        times = race(contestants, scale.runs)
    finally:
        store.slow(0)
        store.narrow(0)
    for copy in _COPIES:
        for peer in PEERS:
            pair = {"faceshards": times[f"ours {copy}"], peer: times[f"{peer} own"]}
            name = f"S3 with {line.name}: MegActor's own {_SOURCE} px to {SIDE}, ours a copy of {copy} px"
            figure = ratio(name, pair, peer, line.least, CALL)
            speed = {f"{one} clips/s": BATCH * batches / each.median for one, each in pair.items()}
            if "same" in kinds and copy == _SOURCE:
                speed["the same bytes, x"] = times[f"{peer} same"].median / times[f"ours {copy}"].median
            yield replace(figure, peers=speed)


def _theirs(
    kinds: tuple[str, ...], batches: int, store: ObjectStore, shards: OwnShards
) -> dict[str, Callable[[], float]]:
    """The peers, with one decoding thread a worker."""
    words = {"frames": FRAMES, "side": SIDE, "threads": 1, "workers": WORKERS, "batch": BATCH, "batches": batches}
    cache = str(shards.folder / "cache")

    def webdataset(kind: str) -> float:
        return float(shards.peers.call("clips_webdataset", urls=urls(store, kind), **words)[0])

    def litdata(kind: str) -> float:
        place = {"url": f"s3://bucket/litdata-{kind}", "endpoint": store.endpoint, "cache": cache}
        return float(shards.peers.call("clips_litdata", **place, **words))

    calls = {"webdataset": webdataset, "litdata": litdata}
    return {f"{peer} {kind}": partial(calls[peer], kind) for kind in kinds for peer in PEERS}


def urls(store: ObjectStore, kind: str) -> list[str]:
    """MegActor's tars by http."""
    return [f"{store.endpoint}/bucket/{kind}/{number}.tar" for number in range(4)]


def _bytes(scale: StreamScale, store: ObjectStore, peers: Peers) -> Iterator[Figure]:
    """What an epoch costs behind the first, counted by the store."""

    def sent(read: Callable[[], object]) -> float:
        store.log(clear=True)
        read()
        bodies = [line for line in store.log() if line["operation"] == "GetObject" and line["key"].endswith(".tar")]
        return sum(line["sent"] for line in bodies) / scale.clips / 1e3

    webdataset = {
        kind: sent(partial(peers.call, "shuffled_webdataset", urls=urls(store, kind), buffer=1, field=".mp4"))
        for kind in ("own", "same")
    }
    for copy in _COPIES:
        loader = windows(f"s3://bucket/ours-{copy}").loader(BATCH)
        list(loader)  # the way to the store is measured once, for all epochs
        mine = sent(partial(list, loader))
        told = {"webdataset KB": webdataset["own"], "faceshards KB": mine}
        if copy == _SOURCE:
            told["the same bytes, x"] = webdataset["same"] / mine
        name = f"bytes a clip of {scale.seconds} s, MegActor's own {_SOURCE} px, ours a copy of {copy} px"
        yield Figure(name, webdataset["own"] / mine, "x fewer", (">=", 14), None, told)
