"""Samples become a batch: dense columns are stacked, all else stays a list; pieces of several workers are
merged.

The batch is the same however its rows were spread over workers: a column is dense if and only if every row's
value is a number or an array of one dtype and one shape.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from faceshards.errors import ColumnError, FaceshardsError

Column = torch.Tensor | list[Any]

#: Array dtypes that torch has too; arrays of others (strings, long doubles) stay arrays in a list.
_DENSE = frozenset(
    np.dtype(name) for name in ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16")
)


@dataclass(frozen=True)
class Piece:
    """One worker's rows of a local batch.

    `slots` int64 (n,): their places in the batch. `columns`: name -> tensor (n, ...) or list of n; empty for
    n = 0. `bytes_read`: of member bodies. `error`: what stopped the worker, to be raised where the batch is
    wanted.
    """

    slots: np.ndarray
    columns: Mapping[str, Column]
    bytes_read: int = 0
    error: FaceshardsError | None = None


def stack(samples: Sequence[Mapping[str, Any]]) -> dict[str, Column]:
    """Columns of samples: a tensor (n, ...) where all values are numbers or arrays of one dtype and shape,
    else a list of n.

    Arrays in a list are tensors too. Raises ColumnError when the samples' columns differ.
    """
    names = _names(samples)
    return {name: _column([sample[name] for sample in samples]) for name in names}


def merge(pieces: Sequence[Piece]) -> dict[str, Column]:
    """One batch of the pieces, each row at its slot. Raises a piece's error."""
    for piece in pieces:
        if piece.error is not None:
            raise piece.error
    filled = [piece for piece in pieces if len(piece.slots)]
    if len(filled) == 1:
        return dict(filled[0].columns)
    names = _names([piece.columns for piece in filled])
    return {name: _merged([(piece.slots, piece.columns[name]) for piece in filled]) for name in names}


def _names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    for row in rows[1:]:
        if row.keys() != rows[0].keys():
            raise ColumnError(f"samples of one batch must have the same columns, got {list(rows[0])} and {list(row)}")
    return list(rows[0]) if rows else []


def _column(values: list[Any]) -> Column:
    first = values[0]
    if isinstance(first, np.ndarray) and first.dtype in _DENSE and all(_alike(value, first) for value in values):
        return torch.from_numpy(np.stack(values))  # the only copy
    loose = [_tensor(value) for value in values]
    dense = all(isinstance(value, torch.Tensor) and _alike(value, loose[0]) for value in loose)
    return torch.stack(loose) if dense else loose


def _alike(value: Any, first: Any) -> bool:
    return type(value) is type(first) and value.dtype == first.dtype and value.shape == first.shape


def _tensor(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype.newbyteorder("=") in _DENSE:
        return torch.from_numpy(np.array(value, value.dtype.newbyteorder("=")))  # a copy: decoded arrays are read-only
    if isinstance(value, (bool, int, float)):
        return torch.tensor(value)
    return value


def _merged(parts: list[tuple[np.ndarray, Column]]) -> Column:
    size = sum(len(slots) for slots, _ in parts)
    tensors = [rows for _, rows in parts if isinstance(rows, torch.Tensor)]
    if len(tensors) == len(parts) and len({(rows.dtype, rows.shape[1:]) for rows in tensors}) == 1:
        dense = torch.empty((size, *tensors[0].shape[1:]), dtype=tensors[0].dtype)
        for (slots, _), rows in zip(parts, tensors, strict=True):
            dense[torch.from_numpy(slots)] = rows
        return dense
    loose: list[Any] = [None] * size
    for slots, column in parts:
        for slot, value in zip(slots.tolist(), column, strict=True):
            loose[slot] = value
    return loose
