"""Scalars of all rows as arrays, held in memory: a filter that moves asks for the same ones again and again."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.viewer.pages.collection import Collection

#: Arrays that are held: of 10^6 rows one of numbers takes 9 MB, one of texts 4 MB and its texts.
MOST_HELD = 12


@dataclass(frozen=True)
class HeldNumbers:
    """A scalar's `values`, float64 or int64 (rows,); `there`, bool (rows,), is false where a row has none."""

    values: np.ndarray
    there: np.ndarray


@dataclass(frozen=True)
class HeldTexts:
    """A scalar's `codes`, int32 (rows,), into its `texts`; as many as there are texts where a row has none."""

    codes: np.ndarray
    texts: pa.Array

    def holding(self, mask: np.ndarray) -> np.ndarray:
        """The rows, bool (rows,), whose text is one for which `mask`, bool (texts,), is true."""
        return np.append(mask, False)[self.codes]


class HeldColumns:
    """The arrays of a collection's scalars that were asked for of late. Safe to use from several threads."""

    def __init__(self, collection: Collection) -> None:
        self._collection = collection
        self._held: OrderedDict[str, HeldNumbers | HeldTexts | None] = OrderedDict()
        self._lock = Lock()

    def column(self, name: str, numbers: bool = True) -> HeldNumbers | HeldTexts | None:
        """A scalar's array; None for a name that is no scalar of these shards. `numbers`: whether one of numbers is
        held for the next time, too.
        """
        with self._lock:
            if name in self._held:
                self._held.move_to_end(name)
                return self._held[name]
        made = self._made(name)
        if isinstance(made, HeldNumbers) and not numbers:
            return made
        with self._lock:
            self._held[name] = made
            while len(self._held) > MOST_HELD:
                self._held.popitem(last=False)
        return made

    def renew(self) -> None:
        """Forgets what may have changed."""
        with self._lock:
            for name in filter(self._collection.moves, list(self._held)):
                del self._held[name]

    def _made(self, name: str) -> HeldNumbers | HeldTexts | None:
        if name not in self._collection.schema.names:
            return None
        kind = self._collection.schema.field(name).type
        if pa.types.is_string(kind):
            return _texts(self._collection.columns([name])[name])
        if pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
            return _numbers(self._collection.columns([name])[name])
        return None


def _numbers(column: pa.ChunkedArray) -> HeldNumbers:
    there = column.is_valid().to_numpy()
    kind = np.float64 if pa.types.is_floating(column.type) else np.int64
    filled = column.cast(pa.from_numpy_dtype(kind)).fill_null(0)
    return HeldNumbers(filled.to_numpy().astype(kind, copy=False), there)


def _texts(column: pa.ChunkedArray) -> HeldTexts:
    encoded = column.dictionary_encode().unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):  # of no rows
        return HeldTexts(np.zeros(0, np.int32), pa.array([], pa.string()))
    codes = (
        pc.fill_null(encoded.indices, len(encoded.dictionary))
        .to_numpy(zero_copy_only=False)
        .astype(np.int32, copy=False)
    )
    return HeldTexts(codes, encoded.dictionary)
