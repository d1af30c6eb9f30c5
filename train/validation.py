"""What is told of batches that are not trained on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import torch

from faceshards.errors import UsageError
from faceshards.train.ranks import Ranks
from faceshards.train.stepper import autocast, rows_of
from faceshards.train.supply import on_device
from faceshards.train.tasks.task import Task


@dataclass(frozen=True)
class Validation:
    """Batches in a fixed order, all of them or the first `most`."""

    loader: Iterable[Mapping[str, Any]]
    most: int | None = None

    def __post_init__(self) -> None:
        if self.most is not None and self.most < 1:
            raise UsageError(f"validation needs at least 1 batch, got {self.most}")

    @cached_property
    def first_batch(self) -> Mapping[str, Any]:
        """Of this process; what is shown of it is of the same samples each time."""
        return next(iter(self.loader))

    def metrics(self, task: Task, ranks: Ranks, precision: str) -> dict[str, float]:
        """The means over all rows of `task.validate`. Training is not touched by it: neither the model's running
        statistics nor the random numbers. Raises UsageError where there is no batch.
        """
        sums: dict[str, float] = {}
        rows = 0
        with looking(task, ranks, precision):
            for batch in islice(self.loader, self.most):
                count = rows_of(batch)
                for name, value in task.validate(on_device(batch, ranks.device)).items():
                    sums[name] = sums.get(name, 0.0) + value * count
                rows += count
        totals = ranks.total(torch.tensor([rows, *sums.values()], dtype=torch.float64, device=_exact(ranks.device)))
        count, *values = totals.tolist()
        if not count:
            raise UsageError("the data for validation give no batch: name more of them, or leave validation out")
        return {name: value / count for name, value in zip(sums, values, strict=True)}


@contextmanager
def looking(task: Task, ranks: Ranks, precision: str) -> Iterator[None]:
    """The model in evaluation mode, without gradient, in the precision of the training, which goes on as if nobody had
    looked.
    """
    gpus = [ranks.device] if ranks.device.type == "cuda" else []
    task.model.eval()
    try:
        with torch.random.fork_rng(gpus), torch.no_grad(), autocast(precision, ranks.device):
            yield
    finally:
        task.model.train()


def _exact(device: torch.device) -> torch.device:
    """Where sums have 64 bits: Apple's GPUs have none."""
    return torch.device("cpu") if device.type == "mps" else device
