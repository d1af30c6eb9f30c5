"""What can be drawn of a plan: each of its rows, or units that are made of several."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.loaders.fetch.ahead import Hand
from faceshards.loaders.plan.order import Draw
from faceshards.loaders.plan.plan import Plan

#: Between the keys of the rows that a unit is made of: no key of a shard of ours holds it.
BETWEEN = ","
#: What units are called that are rows.
ROWS = "rows"


class Deck(Protocol):
    """The units of a plan, numbered from 0. A deck is a pure function of the plan: every process has the same one, and
    none holds what grows with units that are more than rows.
    """

    @property
    def plan(self) -> Plan:
        """The rows that units are made of."""

    @property
    def said(self) -> str:
        """What a unit is, in the plural: "rows", "pairs of 3 persons"."""

    @property
    def counts(self) -> Sequence[int]:
        """Units of each run of neighbours, most often those of a shard: `epoch_order` shuffles by these, so that units
        whose numbers are near read bytes that are near.
        """

    @property
    def window(self) -> int:
        """Units that a lane of the order shuffles among each other."""

    @property
    def digest(self) -> str:
        """A digest of all that units and their order depend on, seed, epoch and window apart."""

    def __len__(self) -> int:
        """How many units there are."""

    def rows(self, units: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """The rows of the plan that some draws are made of: int64 (n, k) of units and epochs int64 (n,) each. A column
        of it is a part that a row plays; the first one's shard and key name the unit.
        """

    def units(self, rows: Sequence[int], epoch: int) -> Sequence[int]:
        """The units that are made of just these rows in an epoch."""


class EachRow:
    """Each row of a plan is a unit."""

    said = ROWS

    def __init__(self, plan: Plan) -> None:
        self.plan, self.counts, self.window = plan, plan.counts, plan.window

    @property
    def digest(self) -> str:
        """The plan's."""
        return self.plan.digest

    def __len__(self) -> int:
        return len(self.plan)

    def rows(self, units: np.ndarray, epochs: np.ndarray) -> np.ndarray:
        """The units themselves: (n, 1)."""
        return units[:, None]

    def units(self, rows: Sequence[int], epoch: int) -> Sequence[int]:
        """The row itself."""
        return rows


def dealt(deck: Deck, draws: Sequence[Draw]) -> tuple[np.ndarray, list[Hand]]:
    """What some draws are made of: their rows int64 (n, k), and each by itself. The key of a unit is that of its rows,
    in their order.
    """
    rows = deck.rows(*np.array(draws, np.int64).T)
    parts = [deck.plan.keys.take(pa.array(column)).to_pylist() for column in rows.T]
    named = parts[0] if len(parts) == 1 else [BETWEEN.join(each) for each in zip(*parts, strict=True)]
    each = zip(rows.tolist(), draws, named, strict=True)
    return rows, [Hand(tuple(mine), epoch, unit, key) for mine, (unit, epoch), key in each]


def hand(deck: Deck, draw: Draw) -> Hand:
    """What one draw is made of."""
    return dealt(deck, [draw])[1][0]


def found(deck: Deck, key: str, epoch: int) -> list[int]:
    """The units of an epoch that have this key."""
    parts = hand(deck, (0, epoch)).rows
    named = key.split(BETWEEN) if len(parts) > 1 else [key]
    if len(named) != len(parts):
        return []
    return [unit for rows in product(*(_rows(deck.plan, one) for one in named)) for unit in deck.units(rows, epoch)]


def _rows(plan: Plan, key: str) -> Iterator[int]:
    yield from pc.indices_nonzero(pc.equal(plan.keys, key)).to_pylist()
