"""Where the bodies of a plan's columns stand, and what else of an index a plan holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from faceshards.shards.schema.columns import CLIP, PACKETS, VIDEO
from faceshards.shards.schema.states import DONE, STATES

#: The offset of a body that is not there.
ABSENT = -1
_DONE = list(STATES).index(DONE)

# Rows whose numbers are turned into ours at a time: what is made on the way stays small.
_ROWS = 1 << 16

#: The name of the packets of the clip, whatever its container.
CLIP_PACKETS = f"{CLIP}.{PACKETS}"


@dataclass(frozen=True)
class Extents:
    """Where the bodies of one column stand in their shards, a number a unit, each int64 (N,).

    `offset` is -1 where a sample lacks the column, `size` 0 where it has no value there, whatever stands for it (the
    column's state, see `shards.schema.states`, is not `done`); `crc32c` is -1 in a foreign tar, which has none.
    """

    offset: np.ndarray
    size: np.ndarray
    crc32c: np.ndarray

    @property
    def filled(self) -> np.ndarray:
        """Whether there is a value: bool (N,)."""
        return (self.offset >= 0) & (self.size > 0)

    def take(self, rows: np.ndarray) -> Extents:
        """Those of some rows."""
        return Extents(self.offset[rows], self.size[rows], self.crc32c[rows])

    def copy(self) -> Extents:
        """The same numbers, in memory of their own."""
        return Extents(self.offset.copy(), self.size.copy(), self.crc32c.copy())


def keys_of(table: pa.Table, rows: np.ndarray) -> pa.Array:
    """The keys of some rows (ascending) of an index."""
    found = [chunk.take(pa.array(mine)) for chunk, _, mine in _chunks(table["key"], rows)]
    return pa.concat_arrays(found) if found else pa.array([], table["key"].type)


def extents_of(table: pa.Table, column: str, rows: np.ndarray) -> Extents:
    """The extents of a column in some rows (ascending) of an index; where it has no such column, none. Those of "video"
    are of whichever container holds the row's clip.
    """
    if column in (CLIP, CLIP_PACKETS):
        return _of_clips(table, column.removeprefix(CLIP), rows)
    shape = len(rows)
    found = Extents(np.full(shape, ABSENT), np.zeros(shape, np.int64), np.full(shape, -1))
    if column in table.column_names and pa.types.is_struct(table[column].type):
        for chunk, slots, mine in _chunks(table[column], rows, _ROWS):
            for name, absent in (("offset", ABSENT), ("size", 0), ("crc32c", -1)):
                numbers = pc.fill_null(pc.struct_field(chunk, name).cast(pa.int64()), absent)
                getattr(found, name)[slots] = numbers.to_numpy()[mine]
            done = pc.fill_null(pc.equal(pc.struct_field(chunk, "state"), _DONE), False)
            found.size[slots] *= done.to_numpy(zero_copy_only=False)[mine]
    return found


def told_by(column: str) -> list[str]:
    """The columns of an index that `extents_of` needs for a column."""
    if column not in (CLIP, CLIP_PACKETS):
        return [column]
    return ["container", *VIDEO, *(f"{name}.{PACKETS}" for name in VIDEO)]


def _of_clips(table: pa.Table, ending: str, rows: np.ndarray) -> Extents:
    """Of each row the extents of its container's column with this ending."""
    found = extents_of(table, "", rows)
    left = np.ones(len(rows), bool)
    for name in [one for one in VIDEO if one in table.column_names]:
        here = left & extents_of(table, name, rows).filled & _may_be_held_by(table, name, rows)
        each = extents_of(table, name + ending, rows)
        found.offset[here], found.size[here], found.crc32c[here] = each.offset[here], each.size[here], each.crc32c[here]
        left &= ~here
    return found


def _may_be_held_by(table: pa.Table, container: str, rows: np.ndarray) -> np.ndarray:
    """Whether each row's clip is in this container, by what its json says, if it says so: bool (N,)."""
    found = np.ones(len(rows), bool)
    if "container" in table.column_names and pa.types.is_string(table["container"].type):
        for chunk, slots, mine in _chunks(table["container"], rows):
            found[slots] = pc.fill_null(pc.equal(chunk, container), True).to_numpy(zero_copy_only=False)[mine]
    return found


def numbers_of(table: pa.Table, name: str, rows: np.ndarray) -> np.ndarray:
    """A scalar of some rows (ascending), float64, NaN where it is not known."""
    found = np.empty(len(rows))
    for chunk, slots, mine in _chunks(table[name], rows):
        found[slots] = chunk.cast(pa.float64()).to_numpy(zero_copy_only=False)[mine]
    return found


def labels_of(table: pa.Table, name: str, rows: np.ndarray) -> pa.DictionaryArray:
    """A text of some rows (ascending), each distinct one kept once; null where there is none."""
    found = [chunk.take(pa.array(mine)).cast(pa.string()) for chunk, _, mine in _chunks(table[name], rows)]
    return pa.chunked_array(found, pa.string()).combine_chunks().dictionary_encode()


def _chunks(
    column: pa.ChunkedArray, rows: np.ndarray, most: int = 1 << 62
) -> Iterator[tuple[pa.Array, slice, np.ndarray]]:
    """A column's chunks, and parts of longer ones of `most` rows, that have any of the rows (ascending): the chunk, the
    slots of its rows among all, and their numbers in the chunk. So nothing of a whole column's size is made on the way.
    """
    start = 0
    for chunk in (part.slice(at, most) for part in column.chunks for at in range(0, len(part), most)):
        a, b = np.searchsorted(rows, (start, start + len(chunk))).tolist()
        if a < b:
            yield chunk, slice(a, b), rows[a:b] - start
        start += len(chunk)
