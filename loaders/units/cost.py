"""What an epoch of units will read, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import PARALLEL, Link, joined_within
from faceshards.loaders.plan.order import WINDOW_BYTES, epoch_order, share
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.storage.spans import PIECE

# From this part of the touched shards' bytes on, reading goes from end to end.
_NEARLY_ALL = 0.9
# Units that are fetched to learn what all of them cost.
_SAMPLE = 32
# Frames of a group of pictures, as this project's encoder is told to make them.
_GROUP = 25


@dataclass(frozen=True)
class Cost:
    """`wanted`: bytes of the members; `nbytes` and `requests`: what is read for them; `reads`: how, in words;
    `is_estimate`: whether the numbers are those of some units, scaled up.
    """

    wanted: int
    nbytes: int
    requests: int
    reads: str
    is_estimate: bool = False


def of_rows(plan: Plan, columns: Sequence[str], link: Link, world: int) -> Cost:
    """The cost of whole rows."""
    wanted = int(sum(plan.extents[name].size.sum() for name in columns))
    if link.mapped:
        requests = int(sum(plan.extents[name].filled.sum() for name in columns))
        return Cost(wanted, wanted, requests, "ranges: each member by itself, from the page cache or the disk")
    nbytes, requests = _spans(plan, columns, link, world)
    if nbytes > _NEARLY_ALL * sum(shard.size for shard in plan.touched):
        return Cost(wanted, nbytes, requests, "stream: the shards from end to end, in large pieces")
    gaps = f"ranges: neighbours less than {link.gap:,} bytes apart in one request"
    return Cost(wanted, nbytes, requests, gaps)


def of_some(plan: Plan, fetch: Callable[[Bodies, tuple[int, int]], object], reads: str) -> Cost:
    """The cost of all units of a plan, after those of some, which are fetched for it."""
    bodies = Bodies(plan)
    units = np.unique(np.linspace(0, len(plan) - 1, _SAMPLE).astype(int)).tolist()

    def fetched(unit: int) -> None:
        with suppress(*BAD):  # what is bad was read, too
            fetch(bodies, (unit, 0))

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(fetched, units))
    bodies.close()
    scale = len(plan) / len(units)
    nbytes, requests = round(bodies.bytes_read * scale), round(bodies.requests * scale)
    return Cost(nbytes, nbytes, requests, reads, is_estimate=True)


def of_window(bodies: Bodies, unit: int, span: int, videos: Sequence[str], whole: Iterable[str]) -> int:
    """About how many bytes a window of `span` frames takes of a unit: the share by frames of the videos and their
    tables, all of a video without a table, and `whole` columns.
    """
    frames = bodies.plan.scalars.get("frames")
    known = frames is not None and frames[unit] > 0
    share = min(1.0, (span + _GROUP) / frames[unit]) if known and frames is not None else 1.0
    nbytes = sum(bodies.size(unit, name) for name in whole)
    for name in videos:
        table = bodies.size(unit, f"{name}.{PACKETS}")
        nbytes += int((share if table else 1.0) * (bodies.size(unit, name) + table))
    return nbytes


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
