"""What a resume costs, how well rows are shuffled, what a plan takes."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.bench.shards.million import ROWS, make
from faceshards.bench.stream.peers import Peers
from faceshards.bench.stream.scale import StreamScale
from faceshards.loaders import ShardDataset
from faceshards.loaders.plan.order import WINDOW
from faceshards.shards.index.dataset import open_dataset
from faceshards.shards.writer import ShardWriter

_BATCH = 64
_PLACES = (0.01, 0.5, 0.99)
_IDENTITIES, _SHARDS, _EPOCHS = 200, 10, 5

PLAN = """
import sys, time
from faceshards.loaders import ShardDataset
import torch
def peak():  # of this program; ru_maxrss begins at that of the process that started it
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
start = time.perf_counter()
dataset = ShardDataset(sys.argv[1], ["mp4", "faces.msg"], where="score < 0.9")
order = dataset.order(0)
print(time.perf_counter() - start, (peak() - before) / 1e3, len(dataset))
"""


def measure(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """Resume, shuffle and plan."""
    yield from _resume(scale, work)
    yield from _shuffle(scale, work, peers)
    yield from _plans(scale, work)


def _resume(scale: StreamScale, work: Path) -> Iterator[Figure]:
    folder = _rows(work / "resume", 10, scale.small // 10)
    dataset = ShardDataset(folder, ["a.npy"])
    length = len(dataset.loader(_BATCH))

    def first(place: float) -> Callable[[], float]:
        def run() -> float:
            state = dataset.loader(_BATCH).state_dict() | {"batches": int(place * length)}
            start = time.perf_counter()
            loader = dataset.loader(_BATCH, num_workers=1)
            loader.load_state_dict(state)
            next(iter(loader))
            seconds = time.perf_counter() - start
            loader.close()
            return seconds

        return run

    times = race({f"at {place:.0%}": first(place) for place in _PLACES}, scale.runs)
    medians = {f"{name} s": one.median for name, one in times.items()}
    spread = max(medians.values()) / min(medians.values())
    best = max(one.best for one in times.values()) / min(one.best for one in times.values())
    yield Figure(
        "first batch after a resume at 1, 50, 99 % of an epoch: slowest over fastest",
        spread,
        "",
        ("<=", 1.2),
        best,
        medians,
    )


def _shuffle(scale: StreamScale, work: Path, peers: Peers) -> Iterator[Figure]:
    """How often the next row is of the same person, where shards are sorted by person, the mean of some epochs; memory
    for as many rows.
    """
    folder = _rows(work / "shuffle", _SHARDS, scale.small // _SHARDS, _IDENTITIES)
    dataset = ShardDataset(folder, ["json"])
    keys = dataset.plan.keys.to_pylist()
    ours = fmean(_adjacency([keys[unit] for unit in dataset.order(epoch).units]) for epoch in range(_EPOCHS))
    buffer = min(48 * WINDOW, scale.small // 2)
    urls = [str(path) for path in sorted(folder.glob("*.tar"))]
    found = {}
    for size in (1000, buffer):
        orders = (peers.call("shuffled_webdataset", urls=urls, buffer=size, seed=seed) for seed in range(_EPOCHS))
        found[f"webdataset buffer {size:,}"] = fmean(map(_adjacency, orders))
    of_work = (
        f"shuffle: neighbours of the same person, {_IDENTITIES} persons in order, a buffer of {buffer:,} rows each"
    )
    target = ("<=", found[f"webdataset buffer {buffer:,}"])
    yield Figure(of_work, ours, "", target, None, found | {"by chance": 1 / _IDENTITIES})


def _adjacency(keys: Sequence[str]) -> float:
    people = np.array([key.split("-")[0] for key in keys])
    return float((people[1:] == people[:-1]).mean())


def _rows(folder: Path, shards: int, rows: int, people: int = 10) -> Path:
    folder.mkdir()
    number, total = 0, shards * rows
    for shard in range(shards):
        with ShardWriter(folder / f"s{shard:04d}.tar", durable=False) as out:
            for _ in range(rows):
                key = f"p{number * people // total:04d}-{number:07d}"
                out.add(key, {"json": {"n": number}, "a.npy": np.zeros(500)})
                number += 1
    return folder


def _plans(scale: StreamScale, work: Path) -> Iterator[Figure]:
    """Time and memory of a rank's plan."""
    sizes = [10**power for power in (3, 4, 5, 6) if 10**power <= scale.rows][-3:]
    found: dict[str, float] = {}
    for rows in sizes:
        folder = work / f"plan-{rows}"
        make(folder, work / "all.parquet", rows // ROWS)  # of these shards only the index is real
        open_dataset(folder)  # makes the merged index
        best = min(_plan(folder) for _ in range(min(3, scale.runs)))
        found |= {f"{rows:,} rows s": best[0], f"{rows:,} rows MB": best[1]}
    largest, before = f"{sizes[-1]:,} rows", f"{sizes[-2]:,} rows"
    yield Figure(f"plan of {largest}: memory of a rank", found[f"{largest} MB"], "MB", ("<=", 200), None, found)
    each = found[f"{largest} s"] / found[f"{before} s"] / (sizes[-1] / sizes[-2])
    yield Figure(f"plan of {largest}: time a row, over that of {before}", each, "", ("<=", 1.5), None, found)


def _plan(folder: Path) -> tuple[float, float]:
    done = subprocess.run([sys.executable, "-c", PLAN, str(folder)], check=True, capture_output=True, text=True)
    seconds, memory, _ = done.stdout.split()
    return float(seconds), float(memory)
