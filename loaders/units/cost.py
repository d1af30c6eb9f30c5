"""What an epoch of units will read, before it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.faults import BAD
from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import PARALLEL, Link, joined_within
from faceshards.loaders.plan.long_order import ordered
from faceshards.loaders.plan.order import WINDOW_BYTES, epoch_order, share
from faceshards.loaders.plan.plan import Plan
from faceshards.loaders.units.deck import Deck, hand
from faceshards.shards.schema.columns import PACKETS
from faceshards.shards.storage.spans import PIECE

# From this part of the touched shards' bytes on, reading goes from end to end.
_NEARLY_ALL = 0.9
# Units that are fetched to learn what all of them cost.
_SAMPLE = 32
# Units whose sizes are counted to learn what all of them cost.
_MANY = 1 << 16
_MAPPED = "each member by itself, from the page cache or the disk"
_JOINED = "neighbours less than {:,} bytes apart in one request"
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
        return Cost(wanted, wanted, requests, f"ranges: {_MAPPED}")
    nbytes, requests = _spans(plan, columns, link, world)
    if nbytes > _NEARLY_ALL * sum(shard.size for shard in plan.touched):
        return Cost(wanted, nbytes, requests, "stream: the shards from end to end, in large pieces")
    return Cost(wanted, nbytes, requests, f"ranges: {_JOINED.format(link.gap)}")


def of_units(deck: Deck, parts: Sequence[Role], link: Link, world: int) -> Cost:
    """The cost of units of whole members, after those of some: a member is wanted as often as a unit has it."""
    some = np.unique(np.linspace(0, len(deck) - 1, min(len(deck), _MANY)).astype(np.int64))
    is_estimate = len(some) < len(deck)
    scale = len(deck) / len(some)
    rows = deck.rows(some, np.zeros_like(some))
    sizes = [deck.plan.extents[column].size[rows[:, row]] for column, row in parts]
    wanted = round(scale * sum(int(size.sum()) for size in sizes))
    if link.mapped:
        requests = round(scale * sum(int((size > 0).sum()) for size in sizes))
        return Cost(wanted, wanted, requests, f"ranges: {_MAPPED}", is_estimate)
    nbytes, requests = _groups(deck, parts, link, world)
    return Cost(wanted, nbytes, requests, f"ranges: {_JOINED.format(link.gap)}", is_estimate)


def of_some(deck: Deck, fetch: Callable[[Bodies, Hand], object], reads: str) -> Cost:
    """The cost of all units of a deck, after those of some, which are fetched for it."""
    bodies = Bodies(deck.plan)
    units = np.unique(np.linspace(0, len(deck) - 1, _SAMPLE).astype(int)).tolist()

    def fetched(unit: int) -> None:
        with suppress(*BAD):  # what is bad was read, too
            fetch(bodies, hand(deck, (unit, 0)))

    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(fetched, units))
    bodies.close()
    scale = len(deck) / len(units)
    nbytes, requests = round(bodies.bytes_read * scale), round(bodies.requests * scale)
    return Cost(nbytes, nbytes, requests, reads, is_estimate=True)


def of_window(bodies: Bodies, row: int, span: int, videos: Sequence[str], whole: Iterable[str]) -> int:
    """About how many bytes a window of `span` frames takes of a row: the share by frames of the videos and their
    tables, all of a video without a table, and `whole` columns.
    """
    frames = bodies.plan.scalars.get("frames")
    known = frames is not None and frames[row] > 0
    share = min(1.0, (span + _GROUP) / frames[row]) if known and frames is not None else 1.0
    nbytes = sum(bodies.size(row, name) for name in whole)
    for name in videos:
        table = bodies.size(row, f"{name}.{PACKETS}")
        nbytes += int((share if table else 1.0) * (bodies.size(row, name) + table))
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
            spans = _of_group(plan, dict.fromkeys(columns, cut), link, WINDOW_BYTES // world)
            nbytes += int(spans.sum())
            requests += int((-(-spans // PIECE)).sum())
    return nbytes, requests


def _groups(deck: Deck, parts: Sequence[Role], link: Link, world: int) -> tuple[int, int]:
    """Bytes and requests of `world` consumers, after the first units of an epoch."""
    some = min(len(deck), _MANY)
    order = ordered(deck.counts, seed=0, epoch=0, window=deck.window)
    nbytes = requests = 0
    for rank in range(world):
        units = order[share(0, some, rank=rank, world=world)]
        rows = deck.rows(units, np.zeros_like(units))
        sizes = sum((deck.plan.extents[name].size[rows[:, row]] for name, row in parts), np.zeros(len(rows), np.int64))
        group = np.cumsum(sizes) // (WINDOW_BYTES // world)
        for cut in np.split(rows, np.flatnonzero(np.diff(group)) + 1):
            wanted: dict[str, np.ndarray] = {}
            for name, row in parts:
                wanted[name] = np.union1d(wanted.get(name, cut[:0, row]), cut[:, row])
            spans = _of_group(deck.plan, wanted, link, WINDOW_BYTES // world)
            nbytes += int(spans.sum())
            requests += int((-(-spans // PIECE)).sum())
    return round(nbytes * len(deck) / some), round(requests * len(deck) / some)


def _of_group(plan: Plan, wanted: Mapping[str, np.ndarray], link: Link, most: int) -> np.ndarray:
    """Bytes of each span of a group, of the rows int64 (n,) of each column: int64 (spans,)."""
    of = {name: plan.source_of(rows) for name, rows in wanted.items()}
    sources = np.unique(np.concatenate(list(of.values())))
    found = [np.empty(0, np.int64)]
    for source in sources.tolist():
        mine = {name: rows[of[name] == source] for name, rows in wanted.items()}
        starts = np.concatenate([plan.extents[name].offset[rows] for name, rows in mine.items()])
        sizes = np.concatenate([plan.extents[name].size[rows] for name, rows in mine.items()])
        there = sizes > 0
        if there.any():
            within = most // len(sources)
            begins, ends, _ = joined_within(starts[there], (starts + sizes)[there], link.gap, within)
            found.append(ends - begins)
    return np.concatenate(found)
