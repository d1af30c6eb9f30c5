"""Which epoch the processes of a user's own DataLoader read: what the main process says, its workers see."""

from __future__ import annotations

import mmap
from typing import Any

import torch

from faceshards.errors import UsageError
from faceshards.loaders.plan.order import LANES

_EPOCH, _CALLS, _WORKERS = 0, 1, 2
_MOST_WORKERS = 254


class Begun:
    """For each rank its epoch, how often it was set, and for each worker up to which of these settings it has begun.

    The numbers lie in memory that forked processes share, and those that are started afresh once it is pickled.
    """

    def __init__(self) -> None:
        size = LANES * (_WORKERS + _MOST_WORKERS)
        # No file of /dev/shm, which may be full, as long as none is needed.
        self._cells = torch.frombuffer(mmap.mmap(-1, 8 * size), dtype=torch.int64).view(LANES, -1)

    def epoch(self, rank: int) -> int:
        """The epoch that a rank shall begin next."""
        return int(self._cells[rank % LANES, _EPOCH])

    def set(self, rank: int, epoch: int) -> None:
        """Says so."""
        self._cells[rank % LANES, _EPOCH] = epoch
        self._cells[rank % LANES, _CALLS] += 1

    def begin(self, rank: int, worker: int) -> int:
        """The epoch that a worker begins. Raises UsageError where it has begun that before and none was set since: its
        order would come again, and nobody would know.
        """
        cells = self._cells[rank % LANES]
        own = _WORKERS + worker % _MOST_WORKERS
        epoch, calls = int(cells[_EPOCH]), int(cells[_CALLS])
        if cells[own] > calls:
            raise UsageError(
                f"a DataLoader begins epoch {epoch} of this dataset again, in the same order: call "
                "dataset.set_epoch(epoch) before each of its epochs (with the same number, to have the order again)"
            )
        cells[own] = calls + 1
        return epoch

    def __getstate__(self) -> dict[str, Any]:
        self._cells = self._cells if self._cells.is_shared() else self._cells.clone().share_memory_()
        return {"_cells": self._cells}
