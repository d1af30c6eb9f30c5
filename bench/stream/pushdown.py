"""Bytes and requests of projections and filters, counted by the store that answers them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.object_store import ObjectStore
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.loaders import ShardDataset
from faceshards.shards.writer import ShardWriter

_CLIP, _ARRAY = 300_000, 20_000
_SHARD = 200
_WANTED = ["mp4", "faces.npy"]


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """Five columns of video shards in a store, each request and byte of their bodies counted."""
    del peers
    rows = max(_SHARD, scale.clips * 25)
    with ObjectStore(work / "store") as store:
        environment = dict(os.environ)
        os.environ.update(store.environment)
        try:
            write(work / "pushdown", rows)
            for path in (work / "pushdown").iterdir():
                store.put(f"bucket/set/{path.name}", path.read_bytes())
                path.unlink()
            yield from _figures(store)
        finally:
            os.environ.clear()
            os.environ.update(environment)


def write(folder: Path, rows: int) -> None:
    """Shards of five columns: a clip, two arrays, a picture's bytes, the facts."""
    folder.mkdir()
    random = np.random.default_rng(0)
    clip = random.bytes(_CLIP)
    for start in range(0, rows, _SHARD):
        with ShardWriter(folder / f"s{start:06d}.tar", durable=False) as out:
            for number in range(start, min(rows, start + _SHARD)):
                values = random.normal(size=_ARRAY // 8)
                facts = {"number": number, "score": float(random.random())}
                columns = {"styled.mp4": clip[::-1], "swapped.mp4": clip[1:] + b"0"}
                out.add(f"k{number:06d}", {"json": facts, "mp4": clip, "faces.npy": values, **columns})


def _figures(store: ObjectStore) -> Iterator[Figure]:
    wanted, nbytes, requests, extents = _epoch(store, 1, None)
    peers = {"wanted MB": wanted / 1e6, "read MB": nbytes / 1e6, "requests": requests, "extents": extents}
    yield Figure(
        "two columns of five of video shards: bytes read over wanted", nbytes / wanted, "", ("<=", 1.05), None, peers
    )
    for share in (0.1, 0.01):
        wanted, nbytes, requests, extents = _epoch(store, 1, f"score < {share}")
        name = f"`where` at {share:.0%}"
        peers = {"wanted MB": wanted / 1e6, "read MB": nbytes / 1e6, "requests": requests, "extents": extents}
        yield Figure(f"{name}: bytes read over wanted", nbytes / wanted, "", ("<=", 1.1), None, peers)
        yield Figure(f"{name}: requests over matching extents", requests / extents, "", ("<=", 1.0), None, peers)
    for world in (1, 2, 4):
        wanted, nbytes, requests, extents = _epoch(store, world, None)
        peers = {"wanted MB": wanted / 1e6, "read MB": nbytes / 1e6, "requests": requests, "extents": extents}
        yield Figure(f"bytes read by {world} ranks over wanted", nbytes / wanted, "", ("<=", 1.05), None, peers)


def _epoch(store: ObjectStore, world: int, where: str | None) -> tuple[int, int, int, int]:
    """Bytes wanted, bytes read and requests of the shards' bodies, and extents, of an epoch of all ranks."""
    dataset = ShardDataset("s3://bucket/set", _WANTED, where=where)
    assert dataset.link.latency > 0  # measured now, not among the requests that are counted
    store.log(clear=True)
    keys: set[str] = set()
    for rank in range(world):
        for batch in dataset.loader(world, rank=rank, world=world):
            keys |= set(batch["__key__"])
    log = [one for one in store.log() if one["operation"] == "GetObject" and one["key"].endswith(".tar")]
    units = [unit for unit, key in enumerate(dataset.plan.keys.to_pylist()) if key in keys]
    wanted = sum(int(dataset.plan.extents[name].size[units].sum()) for name in _WANTED)
    return wanted, sum(one["sent"] for one in log), len(log), len(_WANTED) * len(units)
