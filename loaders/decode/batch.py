"""Samples become a batch: dense columns are stacked, ragged ones padded with their lengths, all else stays a list; the
pieces of several workers are merged.

The batch is the same however its rows were spread over workers: a column is dense if and only if every row's
value is a number or an array of one dtype and one shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from faceshards.errors import ColumnError, FaceshardsError
from faceshards.loaders.decode.buffers import shared
from faceshards.loaders.decode.dense import DTYPES, empty
from faceshards.loaders.faults import Fault

BatchColumn = torch.Tensor | list[Any]

#: Behind a ragged column's name: its lengths, int64 (n,).
LENGTHS = ".lengths"

# Bytes up to which a column is sent to the main process itself, not the shared memory that it is in: handing over a
# descriptor takes half a millisecond of both.
_SMALL = 1 << 16


@dataclass(frozen=True)
class Piece:
    """One worker's rows of a local batch.

    `slots` int64 (n,): their slots in the batch. `columns`: name -> tensor (n, ...) or list of n; empty for
    n = 0. `bytes_read` and `requests`: what they cost. `faults`: what was replaced. `error`: what stopped the worker,
    to be raised where the batch is wanted.
    """

    slots: np.ndarray
    columns: Mapping[str, BatchColumn]
    bytes_read: int = 0
    requests: int = 0
    faults: tuple[Fault, ...] = ()
    error: FaceshardsError | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "columns": {name: _sent(column) for name, column in self.columns.items()}}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        columns = {name: _tensor_of(column) for name, column in state["columns"].items()}
        self.__dict__.update({**state, "columns": columns})


def _sent(column: BatchColumn) -> BatchColumn | np.ndarray:
    """A small tensor as its array, which is pickled with what it holds."""
    if not isinstance(column, torch.Tensor) or column.nbytes > _SMALL or column.dtype == torch.bfloat16:
        return column
    return column.numpy() if column.device.type == "cpu" and not column.requires_grad else column


def _tensor_of(column: BatchColumn | np.ndarray) -> BatchColumn:
    return torch.from_numpy(column) if isinstance(column, np.ndarray) else column


def stack(samples: Sequence[Mapping[str, Any]], ragged: Set[str] = frozenset()) -> dict[str, BatchColumn]:
    """Columns of samples: a tensor (n, ...) where all values are numbers or arrays of one dtype and shape,
    else a list of n.

    A `ragged` column is a tensor (n, L, ...), L being the longest one's length, zeros behind the others' ends, beside
    NAME.lengths int64 (n,); where its arrays differ in more than their length it is a list. Arrays in a list are
    tensors too. Raises ColumnError when the samples' columns differ.
    """
    columns: dict[str, BatchColumn] = {}
    for name in _names(samples):
        values = [sample[name] for sample in samples]
        if name in ragged and _only_lengths_differ(values):
            columns[name], columns[name + LENGTHS] = _padded(values)
        else:
            columns[name] = _column(values)
    return columns


def merge(pieces: Sequence[Piece], pinned: bool = False) -> dict[str, BatchColumn]:
    """One batch of the pieces, each row at its slot, with nothing in it of the workers' memory; its tensors where a GPU
    can fetch them if `pinned`. Raises a piece's error.
    """
    for piece in pieces:
        if piece.error is not None:
            raise piece.error
    filled = [piece for piece in pieces if len(piece.slots)]
    if len(filled) == 1 and not pinned and not any(map(_is_lent, filled[0].columns.values())):
        return {name: kept(column) for name, column in filled[0].columns.items()}
    names = list(dict.fromkeys(name for piece in filled for name in piece.columns))
    whole = [name for name in names if not (name.endswith(LENGTHS) and name.removesuffix(LENGTHS) in names)]
    _names([{name: None for name in piece.columns if name in whole} for piece in filled])
    batch: dict[str, BatchColumn] = {}
    for name in whole:
        parts = [(piece.slots, piece.columns[name]) for piece in filled]
        lengths = [(piece.slots, piece.columns.get(name + LENGTHS)) for piece in filled]
        if all(one is None for _, one in lengths):
            batch[name] = _merged(parts, pinned)
        elif all(one is not None for _, one in lengths) and _one_kind([one for _, one in parts], from_axis=2):
            batch[name] = _merged_padded(parts, pinned)
            batch[name + LENGTHS] = _merged([(slots, one) for slots, one in lengths if one is not None], pinned)
        else:  # one worker's rows differ in more than their length: a list, as one worker alone would give it
            batch[name] = _merged(
                [(slots, _cut(part, length)) for (slots, part), (_, length) in zip(parts, lengths, strict=True)], pinned
            )
    return batch


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    for row in rows[1:]:
        if row.keys() != rows[0].keys():
            raise ColumnError(f"samples of one batch must have the same columns, got {list(rows[0])} and {list(row)}")
    return list(rows[0]) if rows else []


def _column(values: list[Any]) -> BatchColumn:
    first = values[0]
    if isinstance(first, np.ndarray) and first.dtype in DTYPES and all(_alike(value, first) for value in values):
        out = empty((len(values), *first.shape), torch.from_numpy(np.empty(0, first.dtype)).dtype)
        np.stack(values, out=out.numpy())  # the only copy
        return out
    loose = [_tensor(value) for value in values]
    dense = all(isinstance(value, torch.Tensor) and _alike(value, loose[0]) for value in loose)
    if not dense:
        return [_plain(value) for value in values]
    plain = all(value.device.type == "cpu" and not value.requires_grad for value in loose)
    # In a worker straight into shared memory: where there is no room, this says so, and not a thread of torch's.
    lent = shared() is not None and plain and loose[0].numel()
    return torch.stack(loose, out=empty((len(loose), *loose[0].shape), loose[0].dtype) if lent else None)


def _only_lengths_differ(values: Sequence[Any]) -> bool:
    first = values[0]
    return all(
        isinstance(one, np.ndarray) and one.ndim and one.dtype in DTYPES
        and (one.dtype, one.shape[1:]) == (first.dtype, first.shape[1:])
        for one in values
    )  # fmt: skip


def _padded(values: Sequence[np.ndarray]) -> tuple[torch.Tensor, torch.Tensor]:
    lengths = [len(one) for one in values]
    kind = torch.from_numpy(np.empty(0, values[0].dtype)).dtype
    out = empty((len(values), max(lengths), *values[0].shape[1:]), kind)
    for row, one in zip(out.numpy(), values, strict=True):
        row[: len(one)], row[len(one) :] = one, 0
    counts = empty((len(values),), torch.int64)
    counts.numpy()[:] = lengths
    return out, counts


def _alike(value: Any, first: Any) -> bool:
    return type(value) is type(first) and value.dtype == first.dtype and value.shape == first.shape


def _tensor(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.newbyteorder("=") in DTYPES:
        return torch.from_numpy(np.array(value, value.dtype.newbyteorder("=")))  # a copy: decoded arrays are read-only
    if isinstance(value, (bool, int, float)) or (isinstance(value, np.generic) and value.dtype in DTYPES):
        return torch.tensor(value)
    return value


def _plain(value: Any) -> Any:
    """A row as it leaves a worker: a tensor would take a file descriptor of its own."""
    is_plain = isinstance(value, torch.Tensor) and value.dtype != torch.bfloat16 and value.device.type == "cpu"
    return value.detach().numpy() if is_plain else value


def _one_kind(parts: Sequence[Any], from_axis: int) -> bool:
    """Whether all are tensors of one dtype and, from an axis on, one shape."""
    tensors = [one for one in parts if isinstance(one, torch.Tensor)]
    return len(tensors) == len(parts) and len({(one.dtype, one.shape[from_axis:]) for one in tensors}) == 1


def _merged(parts: Sequence[tuple[np.ndarray, BatchColumn]], pinned: bool) -> BatchColumn:
    size = sum(len(slots) for slots, _ in parts)
    if _one_kind([rows for _, rows in parts], from_axis=1):
        first = parts[0][1]
        assert isinstance(first, torch.Tensor)
        dense = empty((size, *first.shape[1:]), first.dtype, pinned)
        for slots, rows in parts:
            assert isinstance(rows, torch.Tensor)
            put(dense, slots, rows)
        return dense
    loose: list[Any] = [None] * size
    for slots, column in parts:
        for slot, value in zip(slots.tolist(), kept(column), strict=True):
            loose[slot] = value
    return loose


def _is_lent(column: BatchColumn) -> bool:
    return isinstance(column, torch.Tensor) and column.is_shared()


def kept(column: BatchColumn) -> BatchColumn:
    """A column whose rows may be kept: out of a worker's memory, which will be filled again; tensors in lists."""
    if isinstance(column, torch.Tensor):
        return column.clone() if _is_lent(column) else column
    return [value if type(value) is str else _tensor(value) for value in column]


def _merged_padded(parts: Sequence[tuple[np.ndarray, BatchColumn]], pinned: bool) -> torch.Tensor:
    tensors = [rows for _, rows in parts if isinstance(rows, torch.Tensor)]
    size, longest = sum(len(one) for one in tensors), max(one.shape[1] for one in tensors)
    out = torch.zeros((size, longest, *tensors[0].shape[2:]), dtype=tensors[0].dtype, pin_memory=pinned)
    array = out.numpy()  # torch cannot scatter all dtypes
    for (slots, _), rows in zip(parts, tensors, strict=True):
        array[slots, : rows.shape[1]] = rows.numpy()
    return out


def put(out: torch.Tensor, slots: np.ndarray, rows: torch.Tensor) -> None:
    """Copies rows to their slots of a batch: in this thread, by numpy. torch would share the copy among all cores, and
    its waiting takes them from busy workers (`bench/stream/floor.py`).
    """
    if rows.numel():
        _bytes(out)[slots] = _bytes(rows)


def _bytes(rows: torch.Tensor) -> np.ndarray:
    """A tensor (n, ...) as uint8 (n, bytes a row), which every dtype has in numpy."""
    return rows.contiguous().view(len(rows), -1).view(torch.uint8).numpy()


def _cut(rows: BatchColumn, lengths: BatchColumn | None) -> list[Any]:
    """The arrays of a padded column, each of its own length."""
    if lengths is None:
        return list(kept(rows))
    return [row[:length] for row, length in zip(kept(rows), lengths, strict=True)]
