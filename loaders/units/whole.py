"""Units of whole members: which column of which of a unit's rows is delivered under which name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from faceshards.loaders.decode.dense import uniform
from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import LEAST_GROUP, Ahead, Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.fetch import Fetch, Group
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW_BYTES
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost, of_units
from faceshards.loaders.units.deck import Deck
from faceshards.shards.schema import codecs


class Whole:
    """What units of whole members have in common. `parts`: name in the sample -> the column, and which of the unit's
    rows it is of (`Deck.rows`). A unit that is made of several rows says its `needs` and its `deck`.
    """

    def __init__(self, parts: Mapping[str, Role]) -> None:
        self.parts, self.columns = dict(parts), tuple(parts)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """All rows fit."""
        return plan

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads."""
        return of_units(deck, list(self._there(deck.plan).values()), link, world)

    def size(self, bodies: Bodies, hand: Hand) -> int:
        """Bytes of the members."""
        return sum(bodies.size(hand.rows[row], column) for column, row in self.parts.values())

    def fetch(self, bodies: Bodies, hand: Hand) -> Any:
        """Nothing is read before it is decoded: a column at a time."""
        return bodies

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Hand], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Neighbours of a group come in few requests, and what several units share comes once."""
        most = max(LEAST_GROUP, int(WINDOW_BYTES * share))
        fetch, there = Fetch(bodies, pool, link, most), self._there(bodies.plan).values()

        def begin(hands: Sequence[Hand]) -> Callable[[], Group]:
            wanted: dict[str, list[int]] = defaultdict(list)
            for column, row in there:
                wanted[column] += [hand.rows[row] for hand in hands]
            group = fetch.group(wanted)
            return lambda: group

        return Ahead(schedule, begin, lambda hand: self.size(bodies, hand), group=most, limit=2 * most)

    def alike(self, plan: Plan) -> dict[str, Role]:
        """The columns of arrays that all have one size."""
        return {name: role for name, role in self._there(plan).items() if uniform(plan, role.column)}

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """None: values are decoded one by one."""
        return {}

    def decode(
        self, fetched: Any, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The values of these names. Raises ColumnError, DamagedShard, UnsafeData."""
        parts = [(name, *self.parts[name]) for name in names]
        return {name: codecs.decode(column, fetched.read(hand.rows[row], column)) for name, column, row in parts}

    def _there(self, plan: Plan) -> dict[str, Role]:
        """The parts whose column any shard has."""
        return {name: role for name, role in self.parts.items() if role.column in plan.extents}
