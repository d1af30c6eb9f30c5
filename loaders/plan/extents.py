"""Where the bodies of a plan's columns stand, and what else of an index a plan holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

#: The offset of a body that is not there.
ABSENT = -1


@dataclass(frozen=True)
class Extents:
    """Where the bodies of one column stand in their shards, a number a unit, each int64 (N,).

    `offset` is -1 where a sample lacks the column; `crc32c` is -1 in a foreign tar, which has none.
    """

    offset: np.ndarray
    size: np.ndarray
    crc32c: np.ndarray

    @property
    def filled(self) -> np.ndarray:
        """Whether there is a body that is not empty: bool (N,)."""
        return (self.offset >= 0) & (self.size > 0)

    def take(self, rows: np.ndarray) -> Extents:
        """Those of some rows."""
        return Extents(self.offset[rows], self.size[rows], self.crc32c[rows])

    def copy(self) -> Extents:
        """The same numbers, in memory of their own."""
        return Extents(self.offset.copy(), self.size.copy(), self.crc32c.copy())


def keys_of(table: pa.Table, rows: np.ndarray) -> pa.Array:
    """The keys of some rows (ascending) of an index."""
    found = [piece.take(pa.array(mine)) for piece, _, mine in _pieces(table["key"], rows)]
    return pa.concat_arrays(found) if found else pa.array([], table["key"].type)


def extents_of(table: pa.Table, column: str, rows: np.ndarray) -> Extents:
    """The extents of a column in some rows (ascending) of an index; where it has no such column, none."""
    shape = len(rows)
    found = Extents(np.full(shape, ABSENT), np.zeros(shape, np.int64), np.full(shape, -1))
    if column in table.column_names and pa.types.is_struct(table[column].type):
        for piece, place, mine in _pieces(table[column], rows):
            for name, absent in (("offset", ABSENT), ("size", 0), ("crc32c", -1)):
                numbers = pc.fill_null(pc.struct_field(piece, name).cast(pa.int64()), absent)
                getattr(found, name)[place] = numbers.to_numpy()[mine]
    return found


def numbers_of(table: pa.Table, name: str, rows: np.ndarray) -> np.ndarray:
    """A scalar of some rows (ascending), float64, NaN where it is not known."""
    found = np.empty(len(rows))
    for piece, place, mine in _pieces(table[name], rows):
        found[place] = piece.cast(pa.float64()).to_numpy(zero_copy_only=False)[mine]
    return found


def _pieces(column: pa.ChunkedArray, rows: np.ndarray) -> Iterator[tuple[pa.Array, slice, np.ndarray]]:
    """A column's pieces that have any of the rows (ascending): the piece, the place of its rows among all, and their
    numbers in the piece. Piece by piece, nothing of a whole column's size is made on the way.
    """
    start = 0
    for piece in column.chunks:
        a, b = np.searchsorted(rows, (start, start + len(piece))).tolist()
        if a < b:
            yield piece, slice(a, b), rows[a:b] - start
        start += len(piece)
