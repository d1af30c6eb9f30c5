"""The loader: batches of a dataset for one rank, with a position that any other number of ranks and workers
can resume.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch.utils.data import DataLoader

from faceshards.errors import FaceshardsError, UsageError
from faceshards.loaders.decode.batch import BatchColumn, merge
from faceshards.loaders.faults import Fault
from faceshards.loaders.plan.order import LANES, share, smallest_share
from faceshards.loaders.serve.pieces import Data, Pieces, RankShare
from faceshards.loaders.serve.stream import Stream


class Loader(DataLoader):
    """Iterates over the batches of one epoch; a batch maps each column to a stacked tensor (n, ...) or a
    list, "__key__" to a list of str.

    `batch_size` counts the rows of the global batch, which `world` ranks share: n is `batch_size / world`
    where `world` divides both `batch_size` and 48; elsewhere ranks differ (`dataset.explain(batch_size, world)` says
    by how much). `world` is 48 at most. The global batches are the same for any `world` and `num_workers`, and every
    rank delivers every step. The last short batch is dropped unless `drop_last` is False (then it comes if every rank
    has a row of it). Rank and world are those of torch.distributed where it is initialized, else RANK and WORLD_SIZE
    (torchrun, Ray Train), else 0 of 1.

    A `for` goes on at the position (`epoch`, `batches`), also after `break` or `load_state_dict` in mid-epoch; where
    that is the end of an epoch, it begins the next. The workers stay for the loader's life; `pin_memory` puts the
    batches where a GPU can fetch them. `bytes_read` and `requests` count what the delivered batches cost; `faults`
    lists the bad samples of the epoch that others stood in for, since it began or was resumed, on this rank; it stays
    until the next one begins.
    """

    def __init__(
        self,
        dataset: Data,
        batch_size: int,
        num_workers: int = 0,
        rank: int | None = None,
        world: int | None = None,
        drop_last: bool = True,
        pin_memory: bool = False,
    ) -> None:
        rank, world = rank_and_world(rank, world)
        numbers = (batch_size, num_workers, rank, world)
        if not all(isinstance(one, int) for one in numbers) or min(batch_size - 1, num_workers, rank) < 0:
            raise UsageError(
                "a loader needs whole numbers batch_size >= 1, num_workers >= 0 and rank >= 0, "
                f"got {batch_size!r}, {num_workers!r}, rank {rank!r}"
            )
        if not rank < world <= LANES:
            raise UsageError(f"rank must be below world, and world at most {LANES} (lanes): got rank {rank} of {world}")
        if not smallest_share(batch_size, world):
            raise UsageError(
                f"batch_size {batch_size} is the global batch: with {world} ranks some would get no row of a step, "
                "make it larger"
            )
        super().__init__(dataset, batch_size, num_workers=num_workers, drop_last=drop_last, pin_memory=pin_memory)  # type: ignore[arg-type]
        self.data: Data = dataset
        self.rank, self.world = rank, world
        self.epoch = self.batches = self.bytes_read = self.requests = 0
        self.faults: list[Fault] = []
        #: The windows of the order that a state was saved with; none: the data's own.
        self._windows: tuple[int, ...] = ()
        self._stream: Stream | None = None
        self._rows = len(dataset)
        self._length = self._count(batch_size)
        if not self._length:
            raise UsageError(f"{self._rows} matching rows make no batch of {batch_size}: lower batch_size")

    def _count(self, batch_size: int) -> int:
        rows = self._rows
        full = rows // batch_size
        rest = [len(share(full * batch_size, rows, rank=rank, world=self.world)) for rank in range(self.world)]
        return full + (not self.drop_last and all(rest))

    def __len__(self) -> int:
        """Batches of an epoch, the same on every rank."""
        return self._length

    def __iter__(self) -> Iterator[dict[str, BatchColumn]]:  # type: ignore[override]
        if self.batches >= len(self):
            self.set_epoch(self.epoch + 1)
        while self.batches < len(self):
            if not self.batches:
                self.faults = []
            batch = self._next()
            self.batches += 1
            yield batch
        self.set_epoch(self.epoch + 1)

    def _next(self) -> dict[str, BatchColumn]:
        number = self.epoch * len(self) + self.batches
        if self._stream is None or self._stream.number != number:
            self.close()  # its workers end before others begin
            part = RankShare(self._rows, len(self), self.batch_size or 1, self.rank, self.world)
            pieces = Pieces(self.data, self.data.reader(), part, number, self.num_workers, self._windows)
            self._stream = Stream(pieces, self.num_workers, self.num_workers > 0 and not self.data.may_fork)
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
            "rows": self._rows,
            "digest": self.data.digest,
            "windows": list(self._windows or self.data.windows),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes to a saved position, whatever world size and worker count it was saved with.

        Raises UsageError when seed, batch size or the matching rows are others: the position would mean other
        samples.
        """
        own = self.state_dict()
        if absent := own.keys() - state.keys():
            raise UsageError(f"a loader's state needs {', '.join(sorted(absent))}: give what state_dict() returned")
        for name in ("seed", "batch_size"):
            if own[name] != state[name]:
                raise UsageError(
                    f"the state was saved with {name} {state[name]}, this loader has {own[name]}: give the same"
                )
        if own["digest"] != state["digest"]:
            raise UsageError(
                f"the data now matches other rows ({own['rows']}, digest {own['digest'][:8]}) than when the state was "
                f"saved ({state['rows']}, digest {state['digest'][:8]}): resume on the same shards and where, "
                "or start afresh"
            )
        epoch, batches, windows = state["epoch"], state["batches"], state["windows"]
        if epoch < 0 or not 0 <= batches <= len(self) or len(windows) != len(own["windows"]):
            raise UsageError(
                f"a state's epoch and batches are at least 0, batches at most {len(self)}, with "
                f"{len(own['windows'])} windows: got {epoch}, {batches}, {windows}"
            )
        self.epoch, self.batches, self.faults = int(epoch), int(batches), []
        # What a column takes may have changed since, and so how many rows memory holds: the order is the old one.
        if tuple(windows) != (self._windows or self.data.windows):
            self.close()
        self._windows = tuple(windows)


def rank_and_world(rank: int | None, world: int | None) -> tuple[int, int]:
    """The rank and the world size: as given, else those of torch.distributed, else of the environment. Raises
    UsageError where one is given without the other.
    """
    if (rank is None) != (world is None):
        raise UsageError(f"rank and world go together, got rank={rank}, world={world}: give both or neither")
    if rank is not None and world is not None:
        return rank, world
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    return int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
