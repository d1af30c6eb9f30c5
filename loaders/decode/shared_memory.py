"""Memory that a worker and the main process both see; what is said, and tidied up, where there is no more of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch.utils.data import get_worker_info

from faceshards.errors import StorageError

#: Where Linux keeps it.
PLACE = Path("/dev/shm")

# What torch 2 says, with the file that it made and leaves behind: MapAllocator.cpp.
_FULL = re.compile(r"shared memory ?\(shm\) for file </(torch_\w+)>|file </(torch_\w+)>.*No space left")


def new_shared(size: int, needed: int) -> torch.UntypedStorage:
    """Shared memory of `size` bytes, of the bytes `needed` by one worker in all. Raises StorageError where there is no
    room for it; nothing of it stays.
    """
    with full_memory(size, needed):
        return torch.UntypedStorage._new_shared(size)  # as torch's own default_collate does


def share(tensor: torch.Tensor) -> torch.Tensor:
    """Moves a tensor to shared memory. Raises StorageError where there is no room for it."""
    with full_memory(tensor.nbytes, tensor.nbytes):
        return tensor.share_memory_()


@contextmanager
def full_memory(size: int, needed: int) -> Iterator[None]:
    """Turns torch's error about shared memory that is full into a line that says how much is needed."""
    try:
        yield
    except RuntimeError as error:
        found = _FULL.search(str(error))
        if found is None:
            raise
        (PLACE / (found[1] or found[2])).unlink(missing_ok=True)
        raise StorageError(_said(size, needed)) from error


def _said(size: int, needed: int) -> str:
    info = get_worker_info()
    workers = info.num_workers if info else 1
    disk = os.statvfs(PLACE)
    whole, free = (blocks * disk.f_frsize for blocks in (disk.f_blocks, disk.f_bavail))
    return (
        f"shared memory is full: {PLACE} has {_megabytes(whole)}, {_megabytes(free)} of it free, and a worker needs "
        f"{_megabytes(size)} more: give it at least {_megabytes(workers * needed)} in all (docker run --shm-size=..., "
        "or mount -o remount,size=...), or take fewer workers, a smaller batch or a smaller prefetch_factor"
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:.1f} MB"
