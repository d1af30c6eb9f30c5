"""A worker's part of the batches: for every global batch, in order, the rows of the lanes that are this worker's."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol

import numpy as np
import torch
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.batch import Column, Piece, stack
from faceshards.loaders.decode.buffers import KEPT, Buffers, lend
from faceshards.loaders.faults import Fault, Limit, reason_of
from faceshards.loaders.fetch.ahead import Draw
from faceshards.loaders.plan.order import Order, share
from faceshards.loaders.serve.deaths import IDLE, Watch, WorkerDied
from faceshards.loaders.units.samples import Read


class Reader(Protocol):
    """What reads the rows of a data set: `Rows`, or that of a mixture."""

    ragged: frozenset[str]
    watched: torch.Tensor | None

    @property
    def bytes_read(self) -> int: ...
    @property
    def requests(self) -> int: ...
    def expect(self, schedule: Iterator[Draw], share: float) -> None: ...
    def read(self, draws: list[Draw]) -> Read: ...
    def where(self, unit: int) -> tuple[str, str]: ...
    def close(self) -> None: ...


class Data(Protocol):
    """What a loader loads: an order of draws for each epoch, and a reader of them."""

    seed: int
    limit: Limit

    def __len__(self) -> int: ...
    @property
    def digest(self) -> str: ...
    @property
    def windows(self) -> tuple[int, ...]: ...
    @property
    def may_fork(self) -> bool: ...
    def order(self, epoch: int, windows: Sequence[int] = ()) -> Order: ...
    def rows(self) -> Any: ...


@dataclass(frozen=True)
class Part:
    """What one rank of `world` takes part in: epochs of `length` global batches of `batch_size` positions each."""

    length: int
    batch_size: int
    rank: int
    world: int

    def positions(self, batch: int, total: int, worker: int, workers: int) -> tuple[np.ndarray, np.ndarray]:
        """A worker's positions in a global batch, and their slots in the rank's own."""
        start = batch * self.batch_size
        stop = min(start + self.batch_size, total)
        local = share(start, stop, rank=self.rank, world=self.world)
        mine = share(start, stop, rank=self.rank, world=self.world, worker=worker, workers=workers)
        return mine, np.searchsorted(local, mine)


class Pieces(IterableDataset):
    """One `Piece` for each batch and worker, without end, from batch `first` on; numbers count through all epochs.

    A piece is empty where its worker has no row of a batch, so that workers stay in step. An error is the last one.
    A bad sample is replaced by the next good row of its lane. `windows`: of the order; by default the data's own.
    """

    def __init__(
        self, data: Data, reader: Reader, part: Part, first: int, num_workers: int, windows: Sequence[int] = ()
    ) -> None:
        self.reader, self.part, self.first = reader, part, first
        self.watch = Watch(max(1, num_workers), reader.where)
        #: For each worker the number of the first batch that has not been copied out: int64 (workers,), shared.
        self.taken = torch.full((max(1, num_workers),), first).share_memory_()
        self._total, self._limit = len(data), data.limit
        self._rows = self._total // part.world
        self._data, self._workers, self._windows = data, num_workers, tuple(windows)

    def __iter__(self) -> Iterator[Piece]:
        worker, workers = self._worker, max(1, self._workers)
        self.watch.table[worker, 0] = os.getpid()
        self.reader.watched = self.watch.table[worker, 1:]
        buffers = Buffers(self.taken[worker])
        if self._workers:
            lend(buffers)
        faults: list[Fault] = []
        order = None
        for number in count(self.first):
            buffers.begin(number)
            epoch, batch = divmod(number, self.part.length)
            if order is None or not batch:
                order, faults = self._data.order(epoch, self._windows), []
                self.reader.expect(self._rest(order, batch, worker, workers), 1 / (self.part.world * workers))
            positions, slots = self.part.positions(batch, self._total, worker, workers)
            piece = self._piece(order, positions, slots, faults)
            self.watch.table[worker, 1] = IDLE
            yield piece
            if piece.error is not None:
                return

    def _rest(self, order: Order, first: int, worker: int, workers: int) -> Iterator[Draw]:
        """All that this worker will read of an epoch, from a batch on."""
        for batch in range(first, self.part.length):
            positions, _ = self.part.positions(batch, self._total, worker, workers)
            yield from order.draws(positions)

    def _piece(self, order: Order, positions: np.ndarray, slots: np.ndarray, faults: list[Fault]) -> Piece:
        before, known = (self.reader.bytes_read, self.reader.requests), len(faults)
        try:
            columns = self._columns(order, positions, faults) if len(positions) else {}
        except FaceshardsError as error:  # as a value: a DataLoader would turn it into a page of traceback
            return Piece(np.empty(0, np.int64), {}, faults=tuple(faults[known:]), error=error)
        cost = self.reader.bytes_read - before[0], self.reader.requests - before[1]
        return Piece(slots, columns, *cost, faults=tuple(faults[known:]))

    def _columns(self, order: Order, positions: np.ndarray, faults: list[Fault]) -> dict[str, Column]:
        draws = order.draws(positions)
        read = self.reader.read(draws)
        for slot, error in read.errors.items():
            read = self._replaced(read, slot, order, int(positions[slot]), error, faults)
        loose = stack(read.loose, self.reader.ragged) if read.loose else {}
        return {"__key__": list(read.keys), **read.dense, **loose}

    @property
    def _worker(self) -> int:
        info = get_worker_info() if self._workers else None  # else they are of somebody else's DataLoader
        return info.id if info else 0

    def _replaced(
        self, read: Read, slot: int, order: Order, position: int, error: FaceshardsError, faults: list[Fault]
    ) -> Read:
        """The rows with that of `slot` replaced by the next good one of its lane."""
        tried = [self._fault(order, position, error)]
        for other in order.after(position):
            one = self.reader.read(order.draws(np.array([other])))
            if one.errors:
                tried.append(self._fault(order, other, one.errors[0]))
                self._limit.check([*faults, *tried], self._rows)
                continue
            faults.append(replace(tried[0], instead=one.keys[0]))
            self._limit.check(faults, self._rows)
            return _put(read, slot, one)
        raise error  # no row at all is good

    def _fault(self, order: Order, position: int, error: FaceshardsError) -> Fault:
        return Fault(*self.reader.where(int(order.units[position])), reason_of(error), str(error), "")


def _put(read: Read, slot: int, one: Read) -> Read:
    """The rows with that of a slot taken from another reading. A column that is dense in one of them only is not."""
    keys, dense = list(read.keys), dict(read.dense)
    keys[slot] = one.keys[0]
    loose: list[Mapping[str, Any]] = list(read.loose) or [{}] * len(keys)
    loose[slot] = one.loose[0] if one.loose else {}
    for name in read.dense.keys() & one.dense.keys():
        dense[name][slot] = one.dense[name][0]
    for name in read.dense.keys() - one.dense.keys():
        values = dense.pop(name).numpy()
        loose = [{**sample, name: sample.get(name, value)} for sample, value in zip(loose, values, strict=True)]
    for name in one.dense.keys() - read.dense.keys():
        loose[slot] = {**loose[slot], name: one.dense[name][0].numpy()}
    return Read(keys, dense, loose if any(loose) else [], read.errors)


class Stream:
    """The pieces of all workers, batch by batch; `number` is that of the next batch.

    The workers live as long as the stream does and read ahead across the ends of epochs. Where rows come from a store
    they are started afresh (spawn): the threads of its client do not live on in a fork.
    """

    def __init__(self, pieces: Pieces, num_workers: int, fresh: bool) -> None:
        self.number = pieces.first
        self._source, self._workers = pieces, max(1, num_workers)
        #: The last pieces: while they are mapped, memory that comes again need not be mapped again.
        self._last: deque[list[Piece]] = deque(maxlen=KEPT)
        self._pieces: Iterator[Piece] = iter(
            DataLoader(
                pieces,
                batch_size=None,
                num_workers=num_workers,
                collate_fn=_as_it_is,
                multiprocessing_context="spawn" if num_workers and fresh else None,
                generator=torch.Generator(),  # the global one is the model's, and must not depend on how often we start
            )
        )
        # A script that is spawned is run again up to its guard.
        self._remedy = ': a script that reads from a store needs its if __name__ == "__main__":' if fresh else ""
        pieces.watch.begin()

    def take(self) -> list[Piece]:
        """One batch's pieces, one of each worker in turn; to be copied before the next are taken. Raises WorkerDied."""
        self._source.taken.fill_(self.number)
        self.number += 1
        try:
            self._last.append([next(self._pieces) for _ in range(self._workers)])
            return self._last[-1]
        except (RuntimeError, OSError, EOFError) as error:  # it may die while its tensors are fetched: a broken socket
            first = (str(error) or type(error).__name__).splitlines()[0].rstrip(". ")
            if death := self._source.watch.death():
                raise WorkerDied(f"{death} ({first})") from error
            if "DataLoader worker" in first:
                raise WorkerDied(f"a worker died before it read anything ({first}){self._remedy}") from error
            raise

    def close(self) -> None:
        """Ends the workers and closes the open shards."""
        self._source.watch.end()
        self._pieces = iter(())
        self._last.clear()
        self._source.reader.close()


def _as_it_is(piece: Any) -> Any:
    return piece
