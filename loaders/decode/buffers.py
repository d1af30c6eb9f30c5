"""Memory in which a worker hands its rows to the main process, used again from batch to batch.

Fresh shared memory costs ten times what copying into it does, for its pages (`bench/stream/floor.py`).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Sequence

import torch

from faceshards.errors import StorageError
from faceshards.loaders.decode.shared_memory import new_shared

#: So many batches more than a worker reads ahead of the one that is taken, the memory is kept, by the worker and mapped
#: by the main process: more than are under way at once.
MARGIN = 4


class Buffers:
    """A worker's shared memory. `taken` int64 (1,), shared: the number of batches that the main process has copied out;
    what was lent for those may be filled again, and is given back where it was not for `kept` batches.
    """

    def __init__(self, taken: torch.Tensor, kept: int) -> None:
        self._taken, self._kept, self._number = taken, kept, 0
        self._lent: deque[tuple[int, torch.UntypedStorage]] = deque()
        self._free: deque[tuple[int, torch.UntypedStorage]] = deque()

    def begin(self, number: int) -> None:
        """What is asked for next belongs to the batch of this number."""
        self._number, taken = number, int(self._taken)
        while self._lent and self._lent[0][0] < taken:
            self._free.append(self._lent.popleft())
        while self._free and self._free[0][0] < number - self._kept:
            self._free.popleft()

    def empty(self, shape: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
        """A tensor to be filled, until the batch is taken. Raises StorageError where shared memory is full."""
        size = math.prod(shape) * dtype.itemsize
        storage = self._fitting(size)
        if storage is None:
            storage = self._new(size)
        self._lent.append((self._number, storage))
        return torch.empty(0, dtype=dtype).set_(storage, 0, tuple(shape))  # type: ignore[call-overload]

    def _new(self, size: int) -> torch.UntypedStorage:
        part = size + sum(storage.nbytes() for number, storage in self._lent if number == self._number)
        needed = part * (self._kept - 1)  # of all batches that are under way or will be filled again
        try:
            return new_shared(size, needed)
        except StorageError:
            if not self._free:
                raise
        self._free.clear()  # none of them fits
        return new_shared(size, needed)

    def _fitting(self, size: int) -> torch.UntypedStorage | None:
        """Of those that are large enough, and not twice too large, the one that was free for longest."""
        for index, (_, storage) in enumerate(self._free):
            if size <= storage.nbytes() <= 2 * size:
                del self._free[index]
                return storage
        return None


_own: Buffers | None = None


def lend(buffers: Buffers) -> None:
    """Gives this worker process the memory that `shared` returns."""
    global _own
    _own = buffers


def shared() -> Buffers | None:
    """This worker's; None in a process that is no loader's worker."""
    return _own
