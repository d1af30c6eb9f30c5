"""Which rows are shown, and in which order: a filter, then a scalar, or chance."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.errors import UsageError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.chosen import Chosen

#: Orders whose rows are remembered: one of 10^6 rows takes 8 MB.
MOST_ORDERS = 8


@dataclass(frozen=True)
class RowOrder:
    """`where`: a filter in SQL, or a recipe's name; empty for all. `sort`: a scalar, empty for the shards' own order;
    rows without a value come last. `down`: greatest first. `seed`: in an order by chance instead, the same for a seed.
    `near`: those of which the scalar is nearest to this number first.
    """

    where: str = ""
    sort: str = ""
    down: bool = False
    seed: int | None = None
    near: float | None = None


def ordered(collection: Collection, order: RowOrder) -> np.ndarray:
    """All rows that may be looked at in an order, whatever its filter: int64 (n,). Raises UsageError for a scalar that
    is not there.
    """
    rows = collection.rows
    if order.seed is not None:
        return np.random.default_rng(order.seed).permutation(rows)
    if not order.sort:
        return rows[::-1] if order.down else rows
    if order.sort not in collection.schema.names:
        raise UsageError(f"sort {order.sort!r}: no scalar of these shards")
    values = collection.columns([order.sort])[order.sort].take(pa.array(rows))
    if not (pa.types.is_primitive(values.type) or pa.types.is_string(values.type)):
        raise UsageError(f"sort {order.sort!r}: it is no scalar but a column, which has no order")
    if order.near is not None:
        if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
            raise UsageError(f"near {order.near}: {order.sort} is no number")
        values = pc.abs(pc.subtract(values.cast(pa.float64()), order.near))
    ranks = pc.sort_indices(values, [("", "descending" if order.down else "ascending", "at_end")])
    return rows[ranks.to_numpy()]


class Orders:
    """The orders that were asked for of late: their rows are found once, and a filter that moves sorts nothing anew.
    `chosen`: the filters behind them. Safe to use from several threads.
    """

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self.chosen = Chosen(collection)
        self._held: OrderedDict[RowOrder, np.ndarray] = OrderedDict()
        self._changes = collection.changes
        self._lock = Lock()

    def rows(self, order: RowOrder) -> np.ndarray:
        """The rows of an order, int64 (n,). Raises UsageError as `ordered` does, and for a filter that does not
        evaluate.
        """
        mask = self.chosen.mask(order.where)
        every = self._once(replace(order, where=""), lambda one: ordered(self._collection, one))
        return self._once(order, lambda _: every[mask[every]]) if order.where.strip() else every

    def renew(self) -> bool:
        """Forgets what hangs on columns that changed since, of judgements; returns whether any did. Until then an order
        stays, so that no row moves away while it is judged.
        """
        with self._lock:
            if self._changes == self._collection.changes:
                return False
            self._changes = self._collection.changes
            for order in [one for one in self._held if self._collection.moves(f"{one.where} {one.sort}")]:
                del self._held[order]
        self.chosen.renew()
        return True

    def _once(self, order: RowOrder, make: Callable[[RowOrder], np.ndarray]) -> np.ndarray:
        with self._lock:
            found = self._held.pop(order, None)
        if found is None:
            found = make(order)
        with self._lock:
            self._held[order] = found
            while len(self._held) > MOST_ORDERS:
                self._held.popitem(last=False)
        return found
