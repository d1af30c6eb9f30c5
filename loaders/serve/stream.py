"""The pieces of all workers, batch by batch."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Any

import torch
from torch.utils.data import DataLoader

from faceshards.errors import FaceshardsError
from faceshards.loaders.decode.batch import Piece
from faceshards.loaders.serve.deaths import WorkerDied
from faceshards.loaders.serve.pieces import Pieces
from faceshards.loaders.serve.workers import Workers

_GUARD = 'if __name__ == "__main__":'


class Stream:
    """The pieces of all workers, batch by batch; `number` is that of the next batch.

    The workers live as long as the stream does and read ahead across the ends of epochs.
    """

    def __init__(self, pieces: Pieces, workers: Workers) -> None:
        self.number = pieces.first
        self._source, self._workers, self._timeout = pieces, max(1, workers.count), workers.timeout
        #: The last pieces: while they are mapped, memory that comes again need not be mapped again.
        self._last: deque[list[Piece]] = deque(maxlen=pieces.kept)
        self._pieces: Iterator[Piece] = iter(
            DataLoader(
                pieces,
                batch_size=None,
                num_workers=workers.count,
                collate_fn=_as_it_is,
                multiprocessing_context=workers.start,
                prefetch_factor=workers.ahead if workers.count else None,
                timeout=workers.timeout,
                worker_init_fn=workers.init,
                generator=torch.Generator(),  # the global one is the model's, and must not depend on how often we start
            )
        )
        # A script that is spawned is run again up to its guard.
        fresh = workers.count and workers.method != "fork"
        self._remedy = f": where workers are started by {workers.method} a script needs its {_GUARD}" if fresh else ""
        pieces.watch.begin()

    def take(self) -> list[Piece]:
        """One batch's pieces, one of each worker in turn; to be copied before the next are taken. Raises WorkerDied,
        and FaceshardsError where none came in time.
        """
        self._source.taken.fill_(self.number)
        self.number += 1
        try:
            self._last.append([next(self._pieces) for _ in range(self._workers)])
            return self._last[-1]
        except (RuntimeError, OSError, EOFError) as error:  # it may die while its tensors are fetched: a broken socket
            first = (str(error) or type(error).__name__).splitlines()[0].rstrip(". ")
            if first.startswith("DataLoader timed out"):
                raise FaceshardsError(
                    f"no batch came within timeout={self._timeout:g} s: {self._source.watch.at_work()}"
                ) from error
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
