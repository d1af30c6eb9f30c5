"""The batches of a training, epoch after epoch, on its device; and how long it waits for them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import torch

from faceshards.errors import UsageError
from faceshards.loaders.serve.deaths import WorkerDied
from faceshards.train.interruption import Interruption
from faceshards.train.ranks import Ranks
from faceshards.train.stepper import rows_of

#: Steps over which the pace is told.
_WINDOW = 100


class Supply:
    """Hands out the batches of a loader without end, knows the position in them, and how fast they are used."""

    def __init__(self, loader: Iterable[Mapping[str, Any]], ranks: Ranks) -> None:
        self.loader: Any = loader
        self._ranks, self._batches = ranks, _endless(loader)
        self._before: dict[str, Any] | None = None
        self._given_back = False
        self._waited = self._rows = 0.0
        self._moments: deque[tuple[float, float, float]] = deque(maxlen=_WINDOW)

    def take(self, count: int, interruption: Interruption) -> list[dict[str, Any]]:
        """The next batches. None where a process that loads them died after the training was asked to end: who ends one
        process often ends all. Raises UsageError where an epoch has no batch.
        """
        begin, self._before = time.perf_counter(), self.state_dict()
        try:
            batches = [on_device(next(self._batches), self._ranks.device) for _ in range(count)]
        except WorkerDied:
            if not interruption.asked:
                raise
            return []
        self._waited += time.perf_counter() - begin
        self._rows += sum(map(rows_of, batches)) * self._ranks.world
        self._moments.append((time.perf_counter(), self._waited, self._rows))
        return batches

    def give_back(self) -> None:
        """The last batches were not used: the position is before them."""
        self._given_back = True

    @property
    def pace(self) -> dict[str, float | None]:
        """`samples_per_second` of all processes and `waiting`, the share of the time (0..1) in which training waited
        for data: of the last steps; None before the second one, since the first waits for processes to start.
        """
        return {"samples_per_second": self._over(2), "waiting": self._over(1)}

    def _over(self, which: int) -> float | None:
        if len(self._moments) < 2:
            return None
        first, last = self._moments[0], self._moments[-1]
        return (last[which] - first[which]) / max(last[0] - first[0], 1e-9)

    def state_dict(self) -> dict[str, Any] | None:
        """The loader's position; None where it keeps none."""
        if self._given_back:
            return self._before
        return self.loader.state_dict() if hasattr(self.loader, "state_dict") else None

    def load_state_dict(self, state: Mapping[str, Any] | None) -> None:
        """Goes there, before the first batch is taken."""
        if state is not None and hasattr(self.loader, "load_state_dict"):
            self.loader.load_state_dict(state)


def _endless(loader: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    delivered = True
    while delivered:
        delivered = False
        for batch in loader:
            delivered = True
            yield batch
    raise UsageError("an epoch of the data gave no batch: lower --batch-size or --num-workers, or give more data")


def on_device(batch: Mapping[str, Any], device: torch.device) -> dict[str, Any]:
    """The batch, whose tensors are on the device."""
    return {
        name: value.to(device, non_blocking=True) if isinstance(value, torch.Tensor) else value
        for name, value in batch.items()
    }
