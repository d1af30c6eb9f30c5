"""A worker's part of the batches: for every global batch, in order, the rows of the lanes that are this worker's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from faceshards.errors import FaceshardsError
from faceshards.loaders.batch import Piece, stack
from faceshards.loaders.order import epoch_order, share
from faceshards.loaders.rows import Rows


@dataclass(frozen=True)
class Part:
    """What one rank of `world` takes part in: epochs of `length` global batches of `batch_size` positions each."""

    seed: int
    length: int
    batch_size: int
    rank: int
    world: int


class Pieces(IterableDataset):
    """One `Piece` for each batch and worker, without end, from batch `first` on; numbers count through all epochs.

    A piece is empty where its worker has no row of a batch, so that workers stay in step. An error is the last one.
    """

    def __init__(self, rows: Rows, part: Part, first: int) -> None:
        self.rows, self.part, self.first = rows, part, first

    def __iter__(self) -> Iterator[Piece]:
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        current, order = -1, np.empty(0, np.int64)
        for number in count(self.first):
            epoch, batch = divmod(number, self.part.length)
            if epoch != current:
                current = epoch
                order = epoch_order(self.rows.plan.counts, seed=self.part.seed, epoch=epoch)
            piece = self._piece(order, batch, worker, workers)
            yield piece
            if piece.error is not None:
                return

    def _piece(self, order: np.ndarray, batch: int, worker: int, workers: int) -> Piece:
        start = batch * self.part.batch_size
        stop = min(start + self.part.batch_size, len(order))
        local = share(start, stop, rank=self.part.rank, world=self.part.world)
        mine = share(start, stop, rank=self.part.rank, world=self.part.world, worker=worker, workers=workers)
        before = self.rows.bytes_read
        try:
            columns = stack([self.rows[int(unit)] for unit in order[mine]])
        except FaceshardsError as error:  # as a value: a DataLoader would turn it into a page of traceback
            return Piece(np.empty(0, np.int64), {}, error=error)
        return Piece(np.searchsorted(local, mine), columns, self.rows.bytes_read - before)


class Stream:
    """The pieces of all workers, batch by batch; `number` is that of the next batch.

    The workers live as long as the stream does and read ahead across the ends of epochs.
    """

    def __init__(self, pieces: Pieces, num_workers: int) -> None:
        self.number = pieces.first
        self._workers = max(1, num_workers)
        self._pieces = iter(
            DataLoader(
                pieces,
                batch_size=None,
                num_workers=num_workers,
                collate_fn=_as_it_is,
                generator=torch.Generator(),  # the global one is the model's, and must not depend on how often we start
            )
        )

    def take(self) -> list[Piece]:
        """One batch's pieces, one of each worker in turn."""
        self.number += 1
        return [next(self._pieces) for _ in range(self._workers)]


def _as_it_is(piece: Any) -> Any:
    return piece
