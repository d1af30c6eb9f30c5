"""What an epoch will cost, before it runs."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import PARALLEL, PIECE, Link, joined_within
from faceshards.loaders.plan.order import LANES, WINDOW_BYTES, epoch_order, share
from faceshards.loaders.plan.plan import Plan

if TYPE_CHECKING:
    from faceshards.loaders.units.clips import Clips

# From this part of the touched shards' bytes on, reading goes from end to end.
_NEARLY_ALL = 0.9
# Clips whose windows are read to learn what all of them cost.
_SAMPLE = 32


@dataclass(frozen=True)
class Explanation:
    """What an epoch reads, all ranks together (from a store: of one worker each; more of them join fewer neighbours).
    `str()` is for people.

    `wanted`: bytes of the members (of windows: about, after 32 of them); `nbytes` and `requests`: what is read for it.
    `shard_bytes`: of the shards that hold a matching row. `rows_of_ranks`: rows of each rank in the first global
    batches.
    """

    shards: int
    shards_in_all: int
    rows: int
    rows_in_all: int
    wanted: int
    nbytes: int
    requests: int
    shard_bytes: int
    is_window: bool
    link: Link
    window: int
    rows_of_ranks: tuple[tuple[int, ...], ...] = ()

    @property
    def plan(self) -> str:
        """How the bytes are read."""
        if self.is_window:
            return "windows: json, rows of the packet tables, the groups of pictures; clips without a table whole"
        if self.link.mapped:
            return "ranges: each member by itself, from the page cache or the disk"
        if self.nbytes > _NEARLY_ALL * self.shard_bytes:
            return "stream: the shards from end to end, in large pieces"
        return f"ranges: neighbours less than {self.link.gap:,} bytes apart in one request"

    def __str__(self) -> str:
        about = "about " if self.is_window else ""
        lines = [
            f"shards    {self.shards:,} of {self.shards_in_all:,}, {self.shard_bytes:,} bytes",
            f"rows      {self.rows:,} of {self.rows_in_all:,}",
            f"bytes     {about}{self.nbytes:,} read for {about}{self.wanted:,} wanted",
            f"requests  {about}{self.requests:,}",
            f"plan      {self.plan}",
            f"order     {LANES} lanes, each shuffles {self.window:,} rows at a time",
        ]
        if not self.link.mapped:
            each = f"{self.link.request * 1e3:.2f} ms where {PARALLEL} are under way"
            lines.append(
                f"link      {self.link.latency * 1e3:.1f} ms a request, {each}; {self.link.bandwidth / 1e6:.0f} MB/s"
            )
        return "\n".join(lines + self._ranks())

    def _ranks(self) -> list[str]:
        if not self.rows_of_ranks:
            return []
        steps = np.array(self.rows_of_ranks)
        least, most = steps.min(axis=0), steps.max(axis=0)
        if (least == most).all() and (least == least[0]).all():
            return [f"ranks     {len(least)}, {least[0]} rows each of every global batch"]
        each = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in zip(least, most, strict=True))
        why = f"{len(least)} ranks divide not both the batch and {LANES} lanes"
        if not least.all():
            why += ", and a loader refuses a batch of which a rank gets no row"
        return [f"ranks     {len(least)}, with {each} rows of a global batch: {why}, so local batches differ"]


def explained(
    plan: Plan, columns: Sequence[str], clips: Clips | None, link: Link, batch_size: int | None, world: int
) -> Explanation:
    """What epoch 0 of a plan reads."""
    touched = [source.size for source, rows in zip(plan.sources, plan.rows, strict=True) if len(rows)]
    if clips is not None:
        nbytes, requests = _windows(plan, clips)
        wanted = nbytes
    else:
        wanted = int(sum(plan.extents[name].size.sum() for name in columns))
        nbytes, requests = (wanted, _filled(plan, columns)) if link.mapped else _spans(plan, columns, link, world)
    return Explanation(
        len(touched),
        len(plan.sources),
        len(plan),
        plan.seen,
        wanted,
        nbytes,
        requests,
        sum(touched),
        clips is not None,
        link,
        plan.window,
        () if batch_size is None else _ranks(batch_size, world),
    )


def _windows(plan: Plan, clips: Clips) -> tuple[int, int]:
    """Bytes and requests of a window of every clip, after those of some clips, which are read for it."""
    bodies = Bodies(plan)
    units = np.unique(np.linspace(0, len(plan) - 1, _SAMPLE).astype(int)).tolist()

    def fetch(unit: int) -> None:
        with suppress(*BAD):  # what is bad was read, too
            clips.fetch(bodies, unit, 0, 0)

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(fetch, units))
    bodies.close()
    share = len(plan) / len(units)
    return round(bodies.bytes_read * share), round(bodies.requests * share)


def _filled(plan: Plan, columns: Sequence[str]) -> int:
    return int(sum(plan.extents[name].filled.sum() for name in columns))


def _ranks(batch_size: int, world: int) -> tuple[tuple[int, ...], ...]:
    """Rows of each rank in global batches, until their pattern repeats."""
    batches = np.lcm(batch_size, LANES) // batch_size
    return tuple(
        tuple(len(share(n * batch_size, (n + 1) * batch_size, rank=rank, world=world)) for rank in range(world))
        for n in range(int(batches))
    )


def _spans(plan: Plan, columns: Sequence[str], link: Link, world: int) -> tuple[int, int]:
    """Bytes and requests of `world` consumers: as `fetch.Group` asks, without the small groups at the start."""
    order = epoch_order(plan.counts, seed=0, epoch=0, window=plan.window)
    nbytes = requests = 0
    for rank in range(world):
        units = order[share(0, len(order), rank=rank, world=world)]
        sizes = sum((plan.extents[name].size[units] for name in columns), start=np.zeros(len(units), np.int64))
        group = np.cumsum(sizes) // (WINDOW_BYTES // world)
        for cut in np.split(units, np.flatnonzero(np.diff(group)) + 1):
            spans = _of_group(plan, columns, link, cut, WINDOW_BYTES // world)
            nbytes += int(spans.sum())
            requests += int((-(-spans // PIECE)).sum())
    return nbytes, requests


def _of_group(plan: Plan, columns: Sequence[str], link: Link, units: np.ndarray, most: int) -> np.ndarray:
    """Bytes of each span of a group: int64 (spans,)."""
    sources = plan.source_of(units)
    found = [np.empty(0, np.int64)]
    for source in np.unique(sources):
        mine = units[sources == source]
        starts = np.concatenate([plan.extents[name].offset[mine] for name in columns])
        sizes = np.concatenate([plan.extents[name].size[mine] for name in columns])
        there = sizes > 0
        if there.any():
            within = most // len(np.unique(sources))
            begins, ends, _ = joined_within(starts[there], (starts + sizes)[there], link.gap, within)
            found.append(ends - begins)
    return np.concatenate(found)
