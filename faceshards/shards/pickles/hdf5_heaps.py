"""The heaps of an HDF5 file: where values of variable length lie, as texts do. HDF5 2.0 believes the sizes that stand
there, and of some that are wrong it reads forever, heeding no signal.
"""

from __future__ import annotations

import mmap
from pathlib import Path

import numpy as np

# HDF5 File Format Specification 3.0, "Global Heap": a collection is a signature, version 1, three bytes of zero and its
# size; objects follow, each an index, a count of references, four bytes of zero and a size, filled up to eight bytes.
# Object 0 is the room that is left, its size counted with its own header.
_COLLECTION, _FILL = b"GCOL\x01\0\0\0", 8
# "Superblock": its version, and where it says how many bytes a size has.
_VERSION, _SIZE_AT, _NEWER_SIZE_AT = 8, 14, 10


def check_heaps(path: Path, *types: np.dtype) -> None:
    """Raises ValueError where a value of one of these types would be read of a heap, and a heap of the file is damaged.
    The file is read for it, once a call.
    """
    if not any(one.hasobject for one in types):
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as pages:
        wide = pages[_SIZE_AT] if pages[_VERSION] < 2 else pages[_NEWER_SIZE_AT]
        at = pages.find(_COLLECTION)
        while at >= 0:
            if not _is_whole(pages, at, wide):
                raise ValueError(f"the heap at byte {at} is damaged")
            at = pages.find(_COLLECTION, at + 1)


def _is_whole(pages: mmap.mmap, at: int, wide: int) -> bool:
    """Whether the objects of a collection fill it. Sizes are `wide` bytes."""
    head = -(-(_FILL + wide) // _FILL) * _FILL
    end = at + int.from_bytes(pages[at + _FILL : at + _FILL + wide], "little")
    if not at + head <= end <= len(pages):
        return False
    at += head
    while at + head <= end:
        index = int.from_bytes(pages[at : at + 2], "little")
        size = int.from_bytes(pages[at + _FILL : at + _FILL + wide], "little")
        if not index:
            return size == end - at
        at += head + -(-size // _FILL) * _FILL
    return at <= end
