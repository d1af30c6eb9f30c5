"""The loader: batches of a dataset for one rank, with a position that any other number of ranks and workers
can resume.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import torch
from torch.utils.data import DataLoader, IterableDataset

from faceshards.errors import FaceshardsError, UsageError
from faceshards.loaders.arguments import flag, function, whole
from faceshards.loaders.decode.batch import BatchColumn, merge
from faceshards.loaders.decode.unbatch import samples_of
from faceshards.loaders.faults import Fault
from faceshards.loaders.plan.order import LANES, LAST_EPOCH, share, smallest_share
from faceshards.loaders.plan.rank import rank_and_world
from faceshards.loaders.serve.fixed import Fixed
from faceshards.loaders.serve.foreign import refused
from faceshards.loaders.serve.pieces import Data, Pieces, RankShare
from faceshards.loaders.serve.position import check_state
from faceshards.loaders.serve.stream import Stream
from faceshards.loaders.serve.workers import Context, Workers


class Loader(DataLoader):
    """Iterates over the batches of one epoch; a batch maps each column to a stacked tensor (n, ...) or a
    list, `__key__` to a list of str.

    `batch_size` counts the rows of the global batch, which `world` ranks share: n is `batch_size / world`
    where `world` divides both `batch_size` and 48; elsewhere ranks differ (`dataset.explain(batch_size, world)` says
    by how much). `world` is 48 at most. The global batches are the same for any `world` and `num_workers`, and every
    rank delivers every step. Rank and world are those of torch.distributed where it is initialized, else RANK and
    WORLD_SIZE (torchrun, Ray Train), else 0 of 1.

    Shuffled, a `for` goes on at the position (`epoch`, `batches`), also after `break` or `load_state_dict` in
    mid-epoch; where that is the end of an epoch, it begins the next. With `shuffle=False`, for evaluation, every `for`
    gives the same rows from the beginning on: as they stand, each with the same window. One `for` runs at a time: where
    another has begun, the older one is refused. The last short batch is dropped where the rows are shuffled, and comes
    where they are not, unless `drop_last` says otherwise (it comes if every rank has a row of it).

    `collate_fn` makes the batch of the samples, a list of dicts, in this process; `prefetch_factor`, `timeout`,
    `worker_init_fn` and `multiprocessing_context` are torch's. The workers stay for the loader's life; `pin_memory`
    puts the batches where a GPU can fetch them. `bytes_read` and `requests` count what the delivered batches cost;
    `faults` lists the epoch's bad samples that others stood in for, on this rank, until the next one begins.
    """

    #: Accelerate's `prepare` hands back what says so as it is: a loader deals its rows to the ranks by itself. With the
    #: second one its `save_state` and `load_state` keep the position.
    _is_accelerate_prepared = True
    use_stateful_dataloader = True

    def __init__(
        self,
        dataset: Data,
        batch_size: int,
        num_workers: int = 0,
        rank: int | None = None,
        world: int | None = None,
        drop_last: bool | None = None,
        pin_memory: bool = False,
        *,
        shuffle: bool = True,
        collate_fn: Callable[[list[dict[str, Any]]], Any] | None = None,
        prefetch_factor: int | None = None,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Context = None,
    ) -> None:
        rank, world = rank_and_world(rank, world)
        batch_size, self.shuffle = whole("batch_size", batch_size, 1), flag("shuffle", shuffle)
        workers = Workers.of(num_workers, multiprocessing_context, prefetch_factor, timeout, worker_init_fn)
        drop_last = self.shuffle if drop_last is None else flag("drop_last", drop_last)
        if not rank < world <= LANES:
            raise UsageError(f"rank must be below world, and world at most {LANES} (lanes): got rank {rank} of {world}")
        if not smallest_share(batch_size, world):
            raise UsageError(
                f"batch_size {batch_size} is the global batch: with {world} ranks some would get no row of a step, "
                "make it larger"
            )
        self.data: Data = dataset if self.shuffle else Fixed(dataset)
        self.processes = workers.fit_for(self.data.may_fork, self.data.carried)
        super().__init__(
            cast(IterableDataset, dataset),
            batch_size,
            num_workers=workers.count,
            drop_last=drop_last,
            pin_memory=flag("pin_memory", pin_memory),
            collate_fn=refused,
            prefetch_factor=prefetch_factor,
            timeout=timeout,
            worker_init_fn=worker_init_fn,
            multiprocessing_context=multiprocessing_context,
        )
        self.rank, self.world = rank, world
        self.epoch = self.batches = self.bytes_read = self.requests = 0
        self.faults: list[Fault] = []
        self._collate = function("collate_fn", collate_fn)
        #: The windows of the order that a state was saved with; none: the data's own.
        self._windows: tuple[int, ...] = ()
        self._stream: Stream | None = None
        #: Stands for the `for` that runs, and whether it shall go on where a state said.
        self._running, self._resumed = object(), False
        self._rows = len(self.data)
        self._length = self._count(batch_size)
        if not self._length:
            raise UsageError(f"{self._rows} matching rows make no batch of {batch_size}: lower batch_size")

    def _count(self, batch_size: int) -> int:
        rows = self._rows
        full = rows // batch_size
        rest = [len(share(full * batch_size, rows, rank=rank, world=self.world)) for rank in range(self.world)]
        return full + (not self.drop_last and all(rest))

    def __repr__(self) -> str:
        at = f"epoch {self.epoch}, batch {self.batches} of {len(self)}, batch_size {self.batch_size}"
        return f"<Loader: {at}, rank {self.rank} of {self.world}, of {self.dataset!r}>"

    def __len__(self) -> int:
        """Batches of an epoch, the same on every rank."""
        return self._length

    def __iter__(self) -> Iterator[Any]:  # type: ignore[override]
        starts_over = not self.shuffle and self.batches > 0 and not self._resumed
        if self.batches >= len(self) or starts_over:
            self.set_epoch(self.epoch + 1)
        self._running, self._resumed = object(), False
        return self._batches(self._running)

    def _batches(self, running: object) -> Iterator[Any]:
        """The rest of the epoch, as long as no other `for` has begun."""
        while True:
            if running is not self._running:
                raise UsageError("another iteration over this loader has begun since: make a loader for each")
            if self.batches >= len(self):
                break
            if not self.batches:
                self.faults = []
            batch = self._next()
            self.batches += 1
            yield batch if self._collate is None else self._collate(samples_of(batch))
        self.set_epoch(self.epoch + 1)

    def _next(self) -> dict[str, BatchColumn]:
        number = self.epoch * len(self) + self.batches
        if self._stream is None or self._stream.number != number:
            self.close()  # its workers end before others begin
            part = RankShare(self._rows, len(self), self.batch_size or 1, self.rank, self.world)
            pieces = Pieces(self.data, self.data.reader(), part, number, self.processes, self._windows)
            self._stream = Stream(pieces, replace(self.processes, init=self.worker_init_fn))
        try:
            pieces_of_all = self._stream.take()
            batch = merge(pieces_of_all, self.pin_memory and torch.cuda.is_available())
            if faults := [fault for piece in pieces_of_all for fault in piece.faults]:
                self.faults += faults
                self.data.limit.check(self.faults, self._rows // self.world)
        except FaceshardsError:
            self.close()
            raise
        self.bytes_read += sum(piece.bytes_read for piece in pieces_of_all)
        self.requests += sum(piece.requests for piece in pieces_of_all)
        return batch

    def close(self) -> None:
        """Ends the workers and closes the open shards; a later `for` starts them again."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()

    def __del__(self) -> None:
        if "_stream" in self.__dict__:
            self.close()

    def set_epoch(self, epoch: int) -> None:
        """Moves to the start of an epoch; within the current one (a resumed epoch) the position stays."""
        epoch = whole("epoch", epoch, most=LAST_EPOCH)
        if epoch != self.epoch:
            self.epoch, self.batches = epoch, 0

    def state_dict(self) -> dict[str, Any]:
        """The position after the batches delivered so far, and what it is valid for: plain values, some 150
        bytes.
        """
        return {
            "epoch": self.epoch,
            "batches": self.batches,
            "seed": self.data.seed,
            "batch_size": self.batch_size,
            "shuffle": self.shuffle,
            "rows": self._rows,
            "digest": self.data.digest,
            "windows": list(self._windows or self.data.windows),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes to a saved position, whatever world size and worker count it was saved with.

        Raises UsageError when seed, batch size or the matching rows are others: the position would mean other
        samples.
        """
        self.epoch, self.batches, windows = check_state(state, self.state_dict(), len(self))
        self.faults, self._resumed = [], True
        # What a column takes may have changed since, and so how many rows memory holds: the order is the old one.
        if windows != (self._windows or self.data.windows):
            self.close()
        self._windows = windows


class Loadable(IterableDataset):
    """What loaders load: a data set, or a mixture of some."""

    def loader(
        self,
        batch_size: int,
        num_workers: int = 0,
        rank: int | None = None,
        world: int | None = None,
        drop_last: bool | None = None,
        pin_memory: bool = False,
        *,
        shuffle: bool = True,
        collate_fn: Callable[[list[dict[str, Any]]], Any] | None = None,
        prefetch_factor: int | None = None,
        timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: Context = None,
    ) -> Loader:
        """Batches for one rank of `world`: shuffled, or with `shuffle=False` fixed, for evaluation. `batch_size` is the
        global batch. `help(Loader)` explains every word.
        """
        return Loader(
            cast(Data, self),
            batch_size,
            num_workers,
            rank,
            world,
            drop_last,
            pin_memory,
            shuffle=shuffle,
            collate_fn=collate_fn,
            prefetch_factor=prefetch_factor,
            timeout=timeout,
            worker_init_fn=worker_init_fn,
            multiprocessing_context=multiprocessing_context,
        )
