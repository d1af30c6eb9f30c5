"""The loader: batches of a dataset for one rank, with a position that any other number of ranks and workers
can resume.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from faceshards.errors import FaceshardsError, UsageError
from faceshards.loaders.batch import Column, merge
from faceshards.loaders.order import share, smallest_share
from faceshards.loaders.pieces import Part, Pieces, Stream

if TYPE_CHECKING:
    from faceshards.loaders.dataset import ShardDataset


class Loader:
    """Iterates over the batches of one epoch; a batch maps each column to a stacked tensor (n, ...) or a
    list, "__key__" to a list of str.

    `batch_size` counts the rows of the global batch, which `world` ranks share: n is `batch_size / world`
    where `world` divides both `batch_size` and 48, and differs by a row between ranks elsewhere. The global
    batches are the same for any `world` and `num_workers`, and every rank delivers every step. The last short
    batch is dropped unless `drop_last` is False (then it comes if every rank has a row of it).

    A `for` goes on at the position (`epoch`, `batches`), also after `break` or `load_state_dict` in mid-epoch; where
    that is the end of an epoch, it begins the next. The workers stay for the loader's life. `bytes_read` counts the
    member bytes read for the delivered batches.
    """

    def __init__(
        self,
        dataset: ShardDataset,
        batch_size: int,
        num_workers: int = 0,
        rank: int = 0,
        world: int = 1,
        drop_last: bool = True,
    ) -> None:
        if batch_size < 1 or num_workers < 0 or not 0 <= rank < world:
            raise UsageError(
                f"a loader needs batch_size >= 1, num_workers >= 0 and 0 <= rank < world, "
                f"got {batch_size}, {num_workers}, rank {rank} of {world}"
            )
        if not smallest_share(batch_size, world):
            raise UsageError(
                f"batch_size {batch_size} is the global batch: with {world} ranks some would get no row of a step, "
                "make it larger"
            )
        self.dataset, self.batch_size, self.num_workers = dataset, batch_size, num_workers
        self.rank, self.world = rank, world
        self.epoch = self.batches = self.bytes_read = 0
        self._stream: Stream | None = None
        self._length = self._count(len(dataset), drop_last)
        if not self._length:
            raise UsageError(f"{len(dataset)} matching rows make no batch of {batch_size}: lower batch_size")

    def _count(self, rows: int, drop_last: bool) -> int:
        full = rows // self.batch_size
        rest = [len(share(full * self.batch_size, rows, rank=rank, world=self.world)) for rank in range(self.world)]
        return full + (not drop_last and all(rest))

    def __len__(self) -> int:
        """Batches of an epoch, the same on every rank."""
        return self._length

    def __iter__(self) -> Iterator[dict[str, Column]]:
        if self.batches >= len(self):
            self.set_epoch(self.epoch + 1)
        while self.batches < len(self):
            batch = self._next()
            self.batches += 1
            yield batch
        self.set_epoch(self.epoch + 1)

    def _next(self) -> dict[str, Column]:
        number = self.epoch * len(self) + self.batches
        if self._stream is None or self._stream.number != number:
            self._stream = None  # its workers end before others begin
            part = Part(self.dataset.seed, len(self), self.batch_size, self.rank, self.world)
            self._stream = Stream(Pieces(self.dataset.rows(), part, number), self.num_workers)
        pieces = self._stream.take()
        try:
            batch = merge(pieces)
        except FaceshardsError:
            self._stream = None
            raise
        self.bytes_read += sum(piece.bytes_read for piece in pieces)
        return batch

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
            "seed": self.dataset.seed,
            "batch_size": self.batch_size,
            "rows": len(self.dataset),
            "digest": self.dataset.plan.digest,
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
        self.epoch, self.batches = int(state["epoch"]), int(state["batches"])
