"""Which rows are shown, and in which order: a filter, then a scalar, or chance."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.errors import UsageError
from faceshards.shards.filters.where import matching
from faceshards.viewer.pages.collection import Collection

#: Orders whose rows are remembered: one of 10^6 rows takes 8 MB.
MOST_ORDERS = 16


@dataclass(frozen=True)
class Order:
    """`where`: a filter in SQL, or a recipe's name; empty for all. `sort`: a scalar, empty for the shards' own order;
    rows without a value come last. `down`: greatest first. `seed`: in an order by chance instead, the same for a seed.
    """

    where: str = ""
    sort: str = ""
    down: bool = False
    seed: int | None = None


def ordered(collection: Collection, order: Order) -> np.ndarray:
    """The rows, int64 (n,). Raises UsageError for a filter that does not evaluate and a scalar that is not there."""
    rows = collection.rows
    if order.where.strip():
        rows = np.intersect1d(rows, matching(collection.table, order.where), assume_unique=True)
    if order.seed is not None:
        return np.random.default_rng(order.seed).permutation(rows)
    if not order.sort:
        return rows[::-1] if order.down else rows
    if order.sort not in collection.schema.names:
        raise UsageError(f"sort {order.sort!r}: no scalar of these shards")
    values = collection.columns([order.sort])[order.sort].take(pa.array(rows))
    if not (pa.types.is_primitive(values.type) or pa.types.is_string(values.type)):
        raise UsageError(f"sort {order.sort!r}: it is no scalar but a column, which has no order")
    ranks = pc.sort_indices(values, [("", "descending" if order.down else "ascending")], null_placement="at_end")
    return rows[ranks.to_numpy()]


class Orders:
    """The orders that were asked for of late: their rows are found once."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._held: OrderedDict[Order, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def rows(self, order: Order) -> np.ndarray:
        """The rows of an order, int64 (n,). Raises as `ordered` does."""
        with self._lock:
            found = self._held.pop(order, None)
        if found is None:
            found = ordered(self._collection, order)
        with self._lock:
            self._held[order] = found
            while len(self._held) > MOST_ORDERS:
                self._held.popitem(last=False)
        return found
