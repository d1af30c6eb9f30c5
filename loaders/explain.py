"""What an epoch will cost, before it runs."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd

import numpy as np

from faceshards.loaders.fetch.spans import PARALLEL, Link
from faceshards.loaders.plan.order import LANES, share
from faceshards.loaders.units.deck import ROWS, Deck
from faceshards.loaders.units.unit import Unit


@dataclass(frozen=True)
class Explanation:
    """What an epoch reads, all ranks together (from a store: of one worker each; more of them join fewer neighbours).
    `str()` is for people.

    `wanted`: bytes of the members (of windows: about, after 32 of them); `nbytes` and `requests`: what is read for it;
    `plan`: how the bytes are read; `is_estimate`: whether they were counted of some rows only.
    `shard_bytes`: of the shards that hold a matching row. `rows_of_ranks`: draws of each rank in the first global
    batches. `removed`: rows that are in none of these, because they were removed on request. `units`: how many are
    drawn, and what they are, where they are no rows.
    """

    shards: int
    shards_in_all: int
    rows: int
    rows_in_all: int
    wanted: int
    nbytes: int
    requests: int
    shard_bytes: int
    plan: str
    is_estimate: bool
    link: Link
    window: int
    rows_of_ranks: tuple[tuple[int, ...], ...] = ()
    removed: int = 0
    units: str = ""

    def __str__(self) -> str:
        about = "about " if self.is_estimate else ""
        lines = [
            f"shards    {self.shards:,} of {self.shards_in_all:,}, {self.shard_bytes:,} bytes",
            f"rows      {self.rows:,} of {self.rows_in_all:,}"
            + (f", and {self.removed:,} removed on request" if self.removed else ""),
            *([f"units     {self.units}"] if self.units else []),
            f"bytes     {about}{self.nbytes:,} read for {about}{self.wanted:,} wanted",
            f"requests  {about}{self.requests:,}",
            f"plan      {self.plan}",
            f"order     {LANES} lanes, each shuffles {self.window:,} {self._drawn} at a time",
        ]
        if not self.link.mapped:
            each = f"{self.link.request * 1e3:.2f} ms where {PARALLEL} are under way"
            lines.append(
                f"link      {self.link.latency * 1e3:.1f} ms a request, {each}; {self.link.bandwidth / 1e6:.0f} MB/s"
            )
        return "\n".join(lines + self._ranks())

    @property
    def _drawn(self) -> str:
        return "units" if self.units else ROWS

    def _ranks(self) -> list[str]:
        if not self.rows_of_ranks:
            return []
        steps = np.array(self.rows_of_ranks)
        least, most = steps.min(axis=0), steps.max(axis=0)
        if (least == most).all() and (least == least[0]).all():
            return [f"ranks     {len(least)}, {least[0]} {self._drawn} each of every global batch"]
        each = ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in zip(least, most, strict=True))
        why = f"{len(least)} ranks divide not both the batch and {LANES} lanes"
        if not least.all():
            why += ", and a loader refuses a batch of which a rank gets none"
        return [f"ranks     {len(least)}, with {each} {self._drawn} of a global batch: {why}, so local batches differ"]


def explained(deck: Deck, unit: Unit, link: Link, batch_size: int | None, world: int) -> Explanation:
    """What epoch 0 of a deck reads."""
    cost, plan = unit.cost(deck, link, world), deck.plan
    return Explanation(
        len(plan.touched),
        len(plan.shards),
        len(plan),
        plan.seen,
        cost.wanted,
        cost.nbytes,
        cost.requests,
        sum(shard.size for shard in plan.touched),
        cost.reads,
        cost.is_estimate,
        link,
        deck.window,
        () if batch_size is None else _ranks(batch_size, world),
        plan.removed,
        "" if deck.said == ROWS else f"{len(deck):,} {deck.said}",
    )


def _ranks(batch_size: int, world: int) -> tuple[tuple[int, ...], ...]:
    """Rows of each rank in global batches, until their pattern repeats."""
    rounds, rest = divmod(batch_size, LANES)  # of each whole round of lanes a rank gets its own lanes
    starts = (n * batch_size % LANES for n in range(LANES // gcd(batch_size, LANES)))
    own = [len(share(0, LANES, rank=rank, world=world)) for rank in range(world)]
    return tuple(
        tuple(rounds * own[rank] + len(share(at, at + rest, rank=rank, world=world)) for rank in range(world))
        for at in starts
    )
