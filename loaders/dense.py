"""Arrays of one shape, from the bytes of their shards into the batch's tensor: one copy, and no array a sample."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from fastcrc import crc32
from torch.utils.data import get_worker_info

from faceshards.errors import DamagedShard, FaceshardsError
from faceshards.loaders.bodies import Bodies
from faceshards.loaders.plan import Plan
from faceshards.shards import codecs
from faceshards.shards.columns import codec_of

#: Array dtypes that torch has too.
DTYPES = frozenset(
    np.dtype(name) for name in ("bool", "u1", "u2", "u4", "u8", "i1", "i2", "i4", "i8", "f2", "f4", "f8", "c8", "c16")
)


def uniform(plan: Plan, column: str) -> bool:
    """Whether all units have an array of equally many bytes in this column."""
    sizes = plan.extents[column].size
    return codec_of(column) == "npy" and bool(sizes[0] > 0 and (sizes == sizes[0]).all())


def empty(shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    """A tensor to be filled; in a worker in memory that the main process sees too, so that sending it copies
    nothing.
    """
    if get_worker_info() is None:
        return torch.empty(*shape, dtype=dtype)
    size = int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    storage = torch.UntypedStorage._new_shared(size)  # as torch's own default_collate does
    return torch.empty(0, dtype=dtype).set_(storage, 0, tuple(shape))  # type: ignore[call-overload]


@dataclass(frozen=True)
class Layout:
    """What all bodies of a column have in common: the npy header, and what it says."""

    header: bytes
    dtype: torch.dtype
    shape: tuple[int, ...]

    @classmethod
    def of(cls, body: bytes | memoryview) -> Layout | None:
        """The layout of one body; None for a dtype that torch has not, or another order in memory."""
        array = codecs.decode_npy(body)
        if array.dtype not in DTYPES or not array.flags.c_contiguous:
            return None
        header = bytes(body[: len(body) - array.nbytes])
        return cls(header, torch.from_numpy(np.empty(0, array.dtype)).dtype, array.shape)


class Odd(Exception):
    """A whole body of another layout: the column is not dense after all."""


def gather(
    bodies: Bodies, column: str, units: np.ndarray, layout: Layout
) -> tuple[torch.Tensor, dict[int, FaceshardsError]]:
    """The arrays of units whose shards are on this machine: tensor (n, ...), and the errors of those that are damaged,
    by their place; the rows of these are undefined.

    Raises `Odd`.
    """
    sources = bodies.plan.source_of(units)
    views: dict[int, memoryview] = {}
    errors: dict[int, FaceshardsError] = {}
    for source in np.unique(sources).tolist():  # opened before the extents are looked at: a rewritten one moves them
        try:
            views[source] = bodies.mapped(source)
        except DamagedShard as error:
            views[source] = memoryview(b"")
            errors |= dict.fromkeys(np.flatnonzero(sources == source).tolist(), error)
    extents = bodies.extents(column)
    offsets, sizes = extents.offset[units], extents.size[units]
    out = empty((len(units), *layout.shape), layout.dtype)
    stops = (offsets + sizes).tolist()
    cuts = (views[n][start:stop] for n, start, stop in zip(sources.tolist(), offsets.tolist(), stops, strict=True))
    bad = fill(out, layout, cuts, extents.crc32c[units].tolist())
    bodies.count(int(sizes.sum()), len(units))
    return out, {slot: bodies.damaged(int(units[slot]), column) for slot in bad} | errors


def fill(out: torch.Tensor, layout: Layout, bodies: Iterable[bytes | memoryview], crcs: Sequence[int]) -> list[int]:
    """Copies bodies into the rows of a tensor; the places of those that differ from their checksum (-1: none known).

    Raises `Odd`.
    """
    header, skip = layout.header, len(layout.header)
    row = out[0].numel() * out.element_size()
    flat = memoryview(out.numpy().reshape(-1).view(np.uint8)).cast("B")  # type: ignore[arg-type]
    check, bad, start = crc32.iscsi, [], 0
    for slot, (body, crc) in enumerate(zip(bodies, crcs, strict=True)):
        if (check(body) != crc and crc >= 0) or len(body) != skip + row:
            bad.append(slot)
        elif body[:skip] != header:
            raise Odd
        else:
            flat[start : start + row] = body[skip:]
        start += row
    return bad
