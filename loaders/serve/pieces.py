"""A worker's part of the batches: for every global batch, in order, the rows of the lanes that are this worker's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol

import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.batch import BatchColumn, Piece, stack
from faceshards.loaders.decode.buffers import MARGIN, Buffers, lend
from faceshards.loaders.decode.samples import Samples
from faceshards.loaders.decode.shared_memory import share as in_shared_memory
from faceshards.loaders.faults import Fault, Limit, reason_of
from faceshards.loaders.plan.order import Draw, Order, share
from faceshards.loaders.serve.deaths import IDLE, Watch
from faceshards.loaders.serve.reader import UnitName
from faceshards.loaders.serve.view import check_sent
from faceshards.loaders.serve.workers import Workers


class Reader(Protocol):
    """What reads the rows of a data set: `SampleReader`, or that of a mixture."""

    ragged: frozenset[str]
    noted: Callable[[Draw], None] | None

    @property
    def bytes_read(self) -> int: ...
    @property
    def requests(self) -> int: ...
    def expect(self, schedule: Iterator[Draw], share: float) -> None: ...
    def read(self, draws: list[Draw]) -> Samples: ...
    def named(self, draw: Draw) -> UnitName: ...
    def close(self) -> None: ...


class Data(Protocol):
    """What a loader loads: an order of draws for each epoch, and a reader of them. `units`: how many there are to draw
    from; `carried`: the caller's functions that workers take along, by their names.
    """

    seed: int
    limit: Limit

    def __len__(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def windows(self) -> tuple[int, ...]: ...
    @property
    def may_fork(self) -> bool: ...
    @property
    def units(self) -> int: ...
    @property
    def carried(self) -> Mapping[str, Any]: ...
    def order(self, epoch: int, windows: Sequence[int] = ()) -> Order: ...
    def reader(self) -> Reader: ...


@dataclass(frozen=True)
class RankShare:
    """What one rank of `world` takes part in: epochs of `rows` positions, as `length` global batches of `batch_size`
    each.
    """

    rows: int
    length: int
    batch_size: int
    rank: int
    world: int

    def positions(self, batch: int, worker: int, workers: int) -> tuple[np.ndarray, np.ndarray]:
        """A worker's positions in a global batch, and their slots in the rank's own."""
        start = batch * self.batch_size
        stop = min(start + self.batch_size, self.rows)
        local = share(start, stop, rank=self.rank, world=self.world)
        if workers == 1:
            return local, np.arange(len(local))
        mine = share(start, stop, rank=self.rank, world=self.world, worker=worker, workers=workers)
        return mine, np.searchsorted(local, mine)


class Pieces(IterableDataset):
    """One `Piece` for each batch and worker, without end, from batch `first` on; numbers count through all epochs.

    A piece is empty where its worker has no row of a batch, so that workers stay in step. An error is the last one.
    A bad sample is replaced by the next good row of its lane. `windows`: of the order; by default the data's own.
    """

    def __init__(
        self, data: Data, reader: Reader, part: RankShare, first: int, workers: Workers, windows: Sequence[int] = ()
    ) -> None:
        self.reader, self.part, self.first = reader, part, first
        self.watch = Watch(workers.count, reader.named)
        #: For each worker the number of the first batch that has not been copied out: int64 (workers,).
        self.taken = torch.full((max(1, workers.count),), first)
        if workers.count:
            self.taken = in_shared_memory(self.taken)
        self._limit = data.limit
        self._data, self._workers, self._windows = data, workers.count, tuple(windows)
        #: Batches whose memory a worker keeps: more than are under way at once.
        self.kept = workers.ahead + MARGIN

    def __iter__(self) -> Iterator[Piece]:
        worker, workers = self._worker, max(1, self._workers)
        self.reader.noted = note = self.watch.noting(worker)
        buffers = Buffers(self.taken[worker], self.kept) if self._workers else None
        if buffers is not None:
            lend(buffers)
        faults: list[Fault] = []
        order = None
        for number in count(self.first):
            if buffers is not None:
                buffers.begin(number)
            epoch, batch = divmod(number, self.part.length)
            if order is None or not batch:
                order, faults = self._data.order(epoch, self._windows), []
                self.reader.expect(self._rest(order, batch, worker, workers), 1 / (self.part.world * workers))
            positions, slots = self.part.positions(batch, worker, workers)
            piece = self._piece(order, positions, slots, faults)
            note(IDLE)
            yield piece
            if piece.error is not None:
                return

    def _rest(self, order: Order, first: int, worker: int, workers: int) -> Iterator[Draw]:
        """All that this worker will read of an epoch, from a batch on."""
        for batch in range(first, self.part.length):
            positions, _ = self.part.positions(batch, worker, workers)
            yield from order.draws(positions)

    def _piece(self, order: Order, positions: np.ndarray, slots: np.ndarray, faults: list[Fault]) -> Piece:
        before, known = (self.reader.bytes_read, self.reader.requests), len(faults)
        try:
            columns = self._columns(order, positions, faults) if len(positions) else {}
        except FaceshardsError as error:  # as a value: a DataLoader would turn it into a page of traceback
            return Piece(np.empty(0, np.int64), {}, faults=tuple(faults[known:]), error=error)
        cost = self.reader.bytes_read - before[0], self.reader.requests - before[1]
        return Piece(slots, columns, *cost, faults=tuple(faults[known:]))

    def _columns(self, order: Order, positions: np.ndarray, faults: list[Fault]) -> dict[str, BatchColumn]:
        draws = order.draws(positions)
        samples = self.reader.read(draws)
        for slot, error in samples.errors.items():
            samples = self._replaced(samples, slot, order, int(positions[slot]), error, faults)
        loose = stack(samples.loose, self.reader.ragged) if samples.loose else {}
        columns = {"__key__": list(samples.keys), **samples.dense, **loose}
        if self._workers and self._data.carried:
            check_sent(columns)
        return columns

    @property
    def _worker(self) -> int:
        info = get_worker_info() if self._workers else None  # else they are of somebody else's DataLoader
        return info.id if info else 0

    def _replaced(
        self, samples: Samples, slot: int, order: Order, position: int, error: FaceshardsError, faults: list[Fault]
    ) -> Samples:
        """The rows with that of `slot` replaced by the next good one of its lane."""
        tried = [self._fault(order, position, error)]
        for other in order.after(position):
            one = self.reader.read(order.draws(np.array([other])))
            if one.errors:
                tried.append(self._fault(order, other, one.errors[0]))
                self._limit.check([*faults, *tried], self.part.rows // self.part.world)
                continue
            faults.append(replace(tried[0], instead=one.keys[0]))
            self._limit.check(faults, self.part.rows // self.part.world)
            return samples.replaced(slot, one)
        raise error  # no row at all is good

    def _fault(self, order: Order, position: int, error: FaceshardsError) -> Fault:
        name = self.reader.named(order.draws(np.array([position]))[0])
        return Fault(name.shard, name.key, reason_of(error), str(error), "")
