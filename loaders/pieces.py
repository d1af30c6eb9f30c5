"""A worker's part of an epoch: for every global batch, in order, the rows of the lanes that are this worker's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from torch.utils.data import IterableDataset, get_worker_info

from faceshards.errors import FaceshardsError
from faceshards.loaders.batch import Piece, stack
from faceshards.loaders.order import share
from faceshards.loaders.rows import Rows


@dataclass(frozen=True)
class Steps:
    """Batches `first` .. `stop` - 1 of `batch_size` positions each, as one rank of `world` takes part in them."""

    first: int
    stop: int
    batch_size: int
    rank: int
    world: int


class Pieces(IterableDataset):
    """One `Piece` for each step and worker; an empty one where the worker has no row of a batch, so that
    workers stay in step.
    """

    def __init__(self, rows: Rows, order: np.ndarray, steps: Steps) -> None:
        self.rows, self.order, self.steps = rows, order, steps

    def __iter__(self) -> Iterator[Piece]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        for step in range(self.steps.first, self.steps.stop):
            piece = self._piece(step, worker, workers)
            yield piece
            if piece.error is not None:
                return

    def _piece(self, step: int, worker: int, workers: int) -> Piece:
        start = step * self.steps.batch_size
        stop = min(start + self.steps.batch_size, len(self.order))
        local = share(start, stop, rank=self.steps.rank, world=self.steps.world)
        mine = share(start, stop, rank=self.steps.rank, world=self.steps.world, worker=worker, workers=workers)
        before = self.rows.bytes_read
        try:
            columns = stack([self.rows[int(unit)] for unit in self.order[mine]])
        except FaceshardsError as error:  # as a value: a DataLoader would turn it into a page of traceback
            return Piece(np.empty(0, np.int64), {}, error=error)
        return Piece(np.searchsorted(local, mine), columns, self.rows.bytes_read - before)
