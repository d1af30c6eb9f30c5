"""Arrays of one shape, from the bytes of their shards into the batch's tensor: one copy, and no array a sample."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import repeat

import numpy as np
import torch
from fastcrc import crc32

from faceshards.errors import DamagedShard, FaceshardsError
from faceshards.loaders.decode.buffers import shared
from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.plan import Plan
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import codec_of

#: Array dtypes that torch has too.
DTYPES = frozenset(
    np.dtype(name) for name in ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16")
)

# Bytes of an array from which on telling the system beforehand costs less than what it would read around it.
_LARGE = 1 << 16


def uniform(plan: Plan, column: str) -> bool:
    """Whether all units have an array of equally many bytes in this column."""
    sizes = plan.extents[column].size
    return codec_of(column) == "npy" and bool(sizes[0] > 0 and (sizes == sizes[0]).all())


def empty(shape: Sequence[int], dtype: torch.dtype, pinned: bool = False) -> torch.Tensor:
    """A tensor to be filled; in a worker in memory that the main process sees too, so that sending it copies
    nothing; in the main process, where asked, where a GPU can fetch it.
    """
    if (buffers := shared()) is not None:
        return buffers.empty(shape, dtype)
    if pinned:
        return torch.empty(tuple(shape), dtype=dtype, pin_memory=True)
    # by numpy, which asks for huge pages: a large batch is not faulted in page by page
    return torch.from_numpy(np.empty(tuple(shape), _numpy(dtype)))


@lru_cache
def _numpy(dtype: torch.dtype) -> np.dtype:
    return torch.empty(0, dtype=dtype).numpy().dtype


@dataclass(frozen=True)
class ArrayHeader:
    """The npy header that all bodies of a column have in common, and what it says."""

    raw: bytes
    dtype: torch.dtype
    shape: tuple[int, ...]

    @classmethod
    def of(cls, body: bytes | memoryview) -> ArrayHeader | None:
        """The header of one body; None for a dtype that torch lacks, or another order in memory."""
        array = codecs.decode_npy(body)
        if array.dtype not in DTYPES or not array.flags.c_contiguous:
            return None
        raw = bytes(body[: len(body) - array.nbytes])
        return cls(raw, torch.from_numpy(np.empty(0, array.dtype)).dtype, array.shape)

    @cached_property
    def size(self) -> int:
        """Bytes of a body."""
        return len(self.raw) + math.prod(self.shape) * self.dtype.itemsize

    @cached_property
    def crc32c(self) -> int:
        """That of the header, from which a body's own checksum goes on. Headers on the disk are not looked at: where
        the checksum holds, the values are those that were written, whatever became of the header.
        """
        return int(crc32.iscsi(self.raw))


class Odd(Exception):
    """A whole body with another header: the column is not dense after all."""


def gather(
    bodies: Bodies, column: str, units: np.ndarray, header: ArrayHeader
) -> tuple[torch.Tensor, dict[int, FaceshardsError]]:
    """The arrays of units whose shards are on this machine: tensor (n, ...), and the errors of those that are damaged,
    by their slot; the rows of these are undefined.

    Raises `Odd`.
    """
    sources = bodies.plan.source_of(units)
    views: dict[int, memoryview] = {}
    errors: dict[int, FaceshardsError] = {}
    for source in np.unique(sources).tolist():  # opened before the extents are looked at: a rewritten one moves them
        try:
            views[source] = bodies.mapped(source)
        except DamagedShard as error:
            views[source] = memoryview(bytes(header.size))
            errors |= dict.fromkeys(np.flatnonzero(sources == source).tolist(), error)
    extents = bodies.extents(column)
    starts, sizes = extents.offset[units], extents.size[units]
    if errors:
        starts[list(errors)] = 0
    if (sizes != header.size).any():
        raise Odd
    begins, ends = (starts + len(header.raw)).tolist(), (starts + sizes).tolist()
    if header.size >= _LARGE:
        for source in views:
            mine = sources == source
            bodies.file(source).expect(list(zip(starts[mine].tolist(), sizes[mine].tolist(), strict=True)))
    arrays = [views[source][a:b] for source, a, b in zip(sources.tolist(), begins, ends, strict=True)]
    crcs = extents.crc32c[units]
    found = np.fromiter(map(crc32.iscsi, arrays, repeat(header.crc32c)), np.int64, len(arrays))
    for slot in np.flatnonzero((found != crcs) & (crcs >= 0)).tolist():
        if slot not in errors:
            _tell_apart(bodies, column, int(units[slot]), views[sources[slot]], slot, errors)
    for slot in np.flatnonzero(crcs < 0).tolist():  # a foreign tar's
        if views[sources[slot]][starts[slot] : begins[slot]] != header.raw:
            raise Odd
    bodies.count(int(sizes.sum()), len(units))
    return stacked(arrays, header), errors


def _tell_apart(
    bodies: Bodies, column: str, unit: int, view: memoryview, slot: int, errors: dict[int, FaceshardsError]
) -> None:
    """Whether a body whose checksum does not follow from the common header is damaged, or has another header."""
    extents = bodies.extents(column)
    body = view[int(extents.offset[unit]) : int(extents.offset[unit] + extents.size[unit])]
    if crc32.iscsi(body) == extents.crc32c[unit]:
        raise Odd
    errors[slot] = bodies.damaged(unit, column)


def stacked(arrays: Sequence[bytes | memoryview], header: ArrayHeader) -> torch.Tensor:
    """Arrays without their headers as one tensor (n, ...): each byte is copied once."""
    shape = (len(arrays), *header.shape)
    if shared() is None and header.size > len(header.raw):
        return torch.frombuffer(bytearray().join(arrays), dtype=header.dtype).view(shape)
    out = empty(shape, header.dtype)
    flat = memoryview(out.numpy().reshape(-1).view(np.uint8)).cast("B")  # type: ignore[arg-type]
    for slot, array in enumerate(arrays):
        flat[slot * len(array) : (slot + 1) * len(array)] = array
    return out
