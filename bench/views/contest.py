"""A view beside the data set whose place it takes: the same samples, the same batches, the same two workers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch
from torch.utils.data import DataLoader, Dataset

from faceshards.bench.figure import Figure
from faceshards.bench.race import race
from faceshards.bench.views.pages import drop, resident, warm
from faceshards.bench.views.scale import ViewScale
from faceshards.loaders import ShardDataset
from faceshards.packing.kinds.kind import Kind
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source

OURS = "faceshards"


@dataclass(frozen=True)
class Contest:
    """`ours` and `peer` make the data sets, the peer's of `tree`, ours of `shards`; `name` is the peer's. `files_each`:
    files that it opens for one sample; None where it reads tars from front to back. `options`: of its DataLoader,
    beside batch size and workers; shuffled, without a last short batch, where they do not say otherwise.
    """

    work: str
    ours: Callable[[], ShardDataset]
    shards: Path
    name: str
    peer: Callable[[], Dataset[Any]]
    tree: Path
    files_each: int | None
    options: tuple[tuple[str, Any], ...] = ()

    def loader_of_ours(self, scale: ViewScale) -> Any:
        """Shuffled batches."""
        return self.ours().loader(scale.batch, scale.workers)

    def loader_of_peer(self, scale: ViewScale) -> Any:
        """Shuffled batches, of torch's own DataLoader."""
        torch.manual_seed(0)
        options = {"shuffle": True, "drop_last": True, **dict(self.options)}
        return DataLoader(self.peer(), scale.batch, num_workers=scale.workers, **options)


def warm_figure(contest: Contest, scale: ViewScale, least: float | None = 1.5) -> Figure:
    """Samples a second with all files in the page cache, in turns, medians; at `least` so many times the peer's."""
    warm(files(contest.shards, contest.tree))
    loaders = {OURS: contest.loader_of_ours(scale), contest.name: contest.loader_of_peer(scale)}
    runs: dict[str, Callable[[], object]] = {name: _timed(loader, scale) for name, loader in loaders.items()}
    times = race(runs, scale.runs)
    loaders[OURS].close()
    samples = scale.batch * scale.batches
    rates = {f"{name} samples/s": samples / one.median for name, one in times.items()}
    ours, peer = times[OURS], times[contest.name]
    value, best = peer.median / ours.median, peer.best / ours.best
    target = None if least is None else (">=", least)
    return Figure(f"{contest.work}, warm", value, f"x {contest.name}", target, best, rates)


def cold_figure(contest: Contest, scale: ViewScale, least: float = 5) -> Figure:
    """The time of the first batches of an epoch, no file in the page cache before. What came from the disk is what is
    in the cache behind; ours counts its own requests, the peer has one for each file of a sample, at least, or for each
    tar that it read of.
    """
    seconds: dict[str, list[float]] = {OURS: [], contest.name: []}
    read: dict[str, int] = {}
    requests: dict[str, float] = {}
    folders = {OURS: contest.shards, contest.name: contest.tree}
    for run in range(scale.runs):
        for name in list(seconds) if run % 2 == 0 else list(seconds)[::-1]:
            loader = contest.loader_of_ours(scale) if name == OURS else contest.loader_of_peer(scale)
            drop(files(folders[name]))
            begun = time.perf_counter()
            for _ in islice(loader, scale.batches):
                pass
            seconds[name].append(time.perf_counter() - begun)
            found = {path: resident([path]) for path in files(folders[name])}
            read[name] = sum(found.values())
            if name == OURS:
                requests[OURS] = loader.requests
                loader.close()
            elif contest.files_each is None:
                requests[name] = sum(map(bool, found.values()))
            else:
                requests[name] = contest.files_each * scale.batch * scale.batches
    middle = {name: sorted(each)[len(each) // 2] for name, each in seconds.items()}
    told = {f"{name} s": value for name, value in middle.items()}
    told |= {f"{name} MB": read[name] / 1e6 for name in seconds} | {f"{name} reads": requests[name] for name in seconds}
    best = min(seconds[contest.name]) / min(seconds[OURS])
    return Figure(
        f"{contest.work}, cold", middle[contest.name] / middle[OURS], f"x {contest.name}", (">=", least), best, told
    )


def packed(tree: Path, folder: Path, kind: Kind, options: PackOptions) -> Path:
    """The folder, with the shards of a tree."""
    with closing(open_source(tree, options.limits)) as archive:
        Packer(archive, folder, options, kind=kind, workers=2).run()
    return folder


def files(*folders: Path) -> list[Path]:
    """All files below some folders."""
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file()]


def _timed(loader: Iterable[object], scale: ViewScale) -> Callable[[], float]:
    """Seconds of some batches of a loader that has begun: what its workers read before does not count."""

    def run() -> float:
        batches = _endless(loader)
        for _ in islice(batches, scale.begin):
            pass
        begun = time.perf_counter()
        for _ in islice(batches, scale.batches):
            pass
        return time.perf_counter() - begun

    return run


def _endless(loader: Iterable[object]) -> Iterator[object]:
    while True:
        yield from loader
