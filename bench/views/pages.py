"""Which parts of files are in the system's page cache, and taking them out of it."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterable
from pathlib import Path

from faceshards.errors import FaceshardsError

_LIBC = ctypes.CDLL(None, use_errno=True)


def resident(paths: Iterable[Path]) -> int:
    """Bytes of some files that are in the page cache, by mincore(2)."""
    return sum(_resident(path) for path in paths)


def drop(paths: Iterable[Path]) -> None:
    """Takes files out of the page cache, by posix_fadvise(2), and looks whether they are gone. Raises FaceshardsError
    where more than a hundredth stays: pages that a process has mapped do.
    """
    files = list(paths)
    for path in files:
        file = os.open(path, os.O_RDONLY)
        try:
            os.fsync(file)  # what is not on the disk yet cannot be dropped
            os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(file)
    left, size = resident(files), sum(path.stat().st_size for path in files)
    if left > size / 100:
        raise FaceshardsError(f"{left:,} of {size:,} bytes stay in the page cache: nothing cold can be measured here")


def warm(paths: Iterable[Path]) -> None:
    """Reads files, so that they are in the page cache."""
    for path in paths:
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 22):
                pass


def _resident(path: Path) -> int:
    size = path.stat().st_size
    if not size:
        return 0
    with path.open("rb") as file, mmap.mmap(file.fileno(), size, access=mmap.ACCESS_COPY) as pages:
        told = (ctypes.c_ubyte * -(-size // mmap.PAGESIZE))()
        first = ctypes.c_char.from_buffer(pages)
        failed = _LIBC.mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), told)
        del first  # else the mapping cannot be closed
        if failed:
            raise FaceshardsError(f"mincore fails on {path}: {os.strerror(ctypes.get_errno())}")
        return min(size, sum(page & 1 for page in bytes(told)) * mmap.PAGESIZE)
