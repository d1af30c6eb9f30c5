"""What a loader draws: a row, a window of a clip, a pair of rows, or whatever else follows the one protocol here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from faceshards.loaders.decode.dense_columns import Role
from faceshards.loaders.fetch.ahead import Ahead, Hand
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost
from faceshards.loaders.units.deck import Deck


@dataclass(frozen=True)
class Needs:
    """What a plan must hold of each sample: the wanted `columns`, of which `missing` decides what becomes of a sample
    that lacks one; `also`, columns that a sample may lack; `scalars` (numbers) and `labels` (texts) of the index.
    `shuffled`: how many rows a lane of the order shuffles among each other; None: as many as memory holds.
    """

    columns: tuple[str, ...]
    also: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    shuffled: int | None = None


class Unit(Protocol):
    """What one draw is: which rows it is made of, which bytes it takes, and what they decode to.

    A unit holds no plan and nothing that is open, so that any number of processes may share it. A view whose units are
    no rows makes it: `view.unit(seed)`.
    """

    @property
    def needs(self) -> Needs:
        """What the plan must hold."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The names under which a sample has its values."""

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the rows that this unit does not fit. Raises UsageError where there are such and
        missing="error".
        """

    def deck(self, plan: Plan) -> Deck:
        """What can be drawn of a plan of such rows. Raises UsageError where there is nothing."""

    def cost(self, deck: Deck, link: Link, world: int) -> Cost:
        """What an epoch reads, drawn by `world` ranks."""

    def size(self, bodies: Bodies, hand: Hand) -> int:
        """About how many bytes a draw takes."""

    def fetch(self, bodies: Bodies, hand: Hand) -> Any:
        """What `decode` will need of a draw: in any thread, bytes only. Raises what says that a sample is bad
        (`loaders.faults.BAD`).
        """

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Hand], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Fetches the draws of a schedule before they are needed, as one of 1 / `share` consumers; its handles are
        called for what `fetch` would have given.
        """

    def alike(self, plan: Plan) -> Mapping[str, Role]:
        """The values that are arrays of one size in all units: they are gathered into the batch's memory at once, never
        decoded one by one. What `fetch` gives then needs a `read(row, column)`.
        """

    def canvas(self, bodies: Bodies, rows: np.ndarray) -> dict[str, torch.Tensor]:
        """Tensors (n, ...) of a batch, which `decode` will paint one by one, for the units of `rows` int64 (n, k)."""

    def decode(
        self, fetched: Any, hand: Hand, names: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The sample: the values of these names (and what the unit adds), painted on the `canvas` where it has one.
        Raises what says that a sample is bad.
        """
