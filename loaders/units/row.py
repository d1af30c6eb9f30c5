"""A row: some columns of a sample, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch

from faceshards.loaders.decode.dense import uniform
from faceshards.loaders.fetch.ahead import LEAST_GROUP, Ahead, Draw
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.fetch import Fetch, Group
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.order import WINDOW_BYTES
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost, of_rows
from faceshards.loaders.units.unit import Needs
from faceshards.shards.schema import codecs


class Row:
    """The unit of a dataset without a window."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self.needs = Needs(self.columns)

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """All rows fit."""
        return plan

    def cost(self, plan: Plan, link: Link, world: int) -> Cost:
        """What an epoch reads."""
        return of_rows(plan, self.columns, link, world)

    def size(self, bodies: Bodies, unit: int) -> int:
        """Bytes of a row's members."""
        return sum(bodies.size(unit, name) for name in self.columns)

    def fetch(self, bodies: Bodies, draw: Draw) -> Bodies:
        """Nothing is read before it is decoded: a column at a time."""
        return bodies

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Draw], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Neighbouring rows of a group come in few requests."""
        most = max(LEAST_GROUP, int(WINDOW_BYTES * share))
        fetch = Fetch(bodies, self.columns, pool, link, most)

        def begin(draws: Sequence[Draw]) -> Callable[[], Group]:
            group = fetch.group(draws)
            return lambda: group

        return Ahead(schedule, begin, lambda draw: self.size(bodies, draw[0]), group=most, limit=2 * most)

    def alike(self, plan: Plan) -> list[str]:
        """The columns of arrays that all have one size."""
        return [name for name in self.columns if uniform(plan, name)]

    def canvas(self, bodies: Bodies, units: Sequence[int]) -> dict[str, torch.Tensor]:
        """None: values are decoded one by one."""
        return {}

    def decode(
        self, fetched: Any, unit: int, columns: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """These columns' values. Raises ColumnError, DamagedShard, UnsafeData."""
        return {name: codecs.decode(name, fetched.read(unit, name)) for name in columns}
