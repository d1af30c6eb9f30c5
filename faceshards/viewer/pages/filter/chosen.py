"""The rows that a filter chooses: clauses of plain forms by arrays that are held, all others by the engine."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.shards.filters.recipes import expression_of
from faceshards.shards.filters.where import matching
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.filter.clauses import Among, Bound, clauses, plain_clause
from faceshards.viewer.pages.filter.held_columns import HeldColumns, HeldNumbers, HeldTexts

#: Clauses whose rows are remembered: one of 10^6 rows takes 1 MB.
MOST_CLAUSES = 32
_SIGNS: dict[str, Callable[[np.ndarray, float], np.ndarray]] = {
    ">=": np.greater_equal,
    "<=": np.less_equal,
    ">": np.greater,
    "<": np.less,
    "=": np.equal,
}


class Chosen:
    """Filters over a collection, each as a mask, bool (rows of the collection,): what `matching` says of it, and of
    those only rows that may be looked at. `held`: the arrays behind it. Safe to use from several threads.
    """

    def __init__(self, collection: Collection) -> None:
        self.held = HeldColumns(collection)
        self._collection = collection
        self.moves = collection.moves
        self.shown = np.zeros(len(collection), bool)
        self.shown[collection.rows] = True
        self._masks: OrderedDict[str, np.ndarray] = OrderedDict()
        self._lock = Lock()

    def mask(self, where: str) -> np.ndarray:
        """The rows that may be looked at and for which a filter holds, all of them where it is empty; not to be written
        to. Raises UsageError for a filter that does not evaluate.
        """
        found = self.shown
        for clause in clauses(expression_of(where)) if where.strip() else ():
            found = found & self._mask(clause)
        return found

    def renew(self) -> None:
        """Forgets what may have changed."""
        self.held.renew()
        with self._lock:
            for clause in filter(self._collection.moves, list(self._masks)):
                del self._masks[clause]

    def _mask(self, clause: str) -> np.ndarray:
        with self._lock:
            found = self._masks.pop(clause, None)
        if found is None:
            found = self._by_array(clause)
        if found is None:
            found = np.zeros(len(self._collection), bool)
            found[matching(self._collection.table, clause)] = True
        with self._lock:
            self._masks[clause] = found
            while len(self._masks) > MOST_CLAUSES:
                self._masks.popitem(last=False)
        return found

    def _by_array(self, clause: str) -> np.ndarray | None:
        """The rows of a clause of a plain form over a scalar of its kind; None for all others."""
        told = plain_clause(clause)
        column = self.held.column(told.name) if told else None
        if isinstance(told, Bound) and isinstance(column, HeldNumbers):
            return _bounded(column, told)
        if isinstance(told, Among) and isinstance(column, HeldTexts):
            return column.holding(_among(column.texts, told))
        return None


def _bounded(column: HeldNumbers, bound: Bound) -> np.ndarray | None:
    """As the engine has it: NaN is greater than all numbers. Whole numbers against a fraction are left to it."""
    if column.values.dtype == np.int64:
        if isinstance(bound.value, float):
            return None
        return _SIGNS[bound.sign](column.values, bound.value) & column.there
    found = _SIGNS[bound.sign](column.values, bound.value)
    if bound.sign in (">", ">="):
        found |= np.isnan(column.values)
    return found & column.there


def _among(texts: pa.Array, among: Among) -> np.ndarray:
    """Which of the texts are among those asked for, bool (texts,)."""
    if among.words:
        asked = set(among.texts)
        return np.array([not asked.isdisjoint(text.split(" ")) for text in texts.to_pylist()], bool)
    return pc.is_in(texts, pa.array(among.texts, pa.string())).to_numpy(zero_copy_only=False)
