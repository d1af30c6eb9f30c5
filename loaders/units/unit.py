"""What a loader draws: a row, a window of a clip, or whatever else follows the one protocol here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch

from faceshards.loaders.fetch.ahead import Ahead, Draw
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.spans import Link
from faceshards.loaders.plan.plan import Missing, Plan
from faceshards.loaders.units.cost import Cost


@dataclass(frozen=True)
class Needs:
    """What a plan must hold of each sample: the wanted `columns`, of which `missing` decides what becomes of a sample
    that lacks one; `also`, columns that a sample may lack; `scalars` of the index. `shuffled`: how many units a lane of
    the order shuffles among each other; None: as many as memory holds rows.
    """

    columns: tuple[str, ...]
    also: tuple[str, ...] = ()
    scalars: tuple[str, ...] = ()
    shuffled: int | None = None


class Unit(Protocol):
    """What one draw of a sample is: which bytes it takes, and what they decode to.

    A unit holds no plan and nothing that is open, so that any number of processes may share it.
    """

    @property
    def needs(self) -> Needs:
        """What the plan must hold."""

    def fitted(self, plan: Plan, missing: Missing) -> Plan:
        """The plan without the rows that this unit does not fit. Raises UsageError where there are such and
        missing="error".
        """

    def cost(self, plan: Plan, link: Link, world: int) -> Cost:
        """What an epoch reads, drawn by `world` ranks."""

    def size(self, bodies: Bodies, unit: int) -> int:
        """About how many bytes a draw of one row takes."""

    def fetch(self, bodies: Bodies, draw: Draw) -> Any:
        """What `decode` will need of a draw: in any thread, bytes only. Raises what says that a sample is bad
        (`loaders.faults.BAD`).
        """

    def ahead(
        self, bodies: Bodies, schedule: Iterator[Draw], pool: ThreadPoolExecutor, link: Link, share: float
    ) -> Ahead:
        """Fetches the draws of a schedule before they are needed, as one of 1 / `share` consumers; its handles are
        called for what `fetch` would have given.
        """

    def alike(self, plan: Plan) -> list[str]:
        """The columns whose arrays have one size in all rows: they are gathered into the batch's memory at once, never
        decoded one by one. What `fetch` gives then needs a `read(unit, column)`.
        """

    def canvas(self, bodies: Bodies, units: Sequence[int]) -> dict[str, torch.Tensor]:
        """Tensors (units, ...) of a batch, which `decode` will paint row by row."""

    def decode(
        self, fetched: Any, unit: int, columns: Sequence[str], canvas: Mapping[str, np.ndarray]
    ) -> dict[str, Any]:
        """The sample: these columns (and what the unit adds), painted on the `canvas` where it has one. Raises what
        says that a sample is bad.
        """
