"""One step of a training: forward, loss, backward, the weights moved; the same on one device and on many."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from faceshards.errors import FaceshardsError
from faceshards.train.batch_norm import across_ranks
from faceshards.train.optimisation import PRECISIONS, Optimisation
from faceshards.train.ranks import Ranks
from faceshards.train.tasks.task import Task

# Below this scale the losses of fp16 overflow by themselves, and no smaller scale helps.
_LEAST_SCALE = 1.0


class Stepper:
    """Moves the weights of a task's model, whose `optimizer` and `scaler` (of fp16; elsewhere it does nothing) it has.

    Several processes hold the same weights: gradients are averaged over all rows of the step, batch norm sees all of
    them, and the losses are those of all.
    """

    def __init__(self, task: Task, how: Optimisation, ranks: Ranks) -> None:
        self._how, self._ranks = how, ranks
        task.to(ranks.device)
        if ranks.world > 1:
            task.model = across_ranks(task.model)
        task.model.train()
        self.optimizer = how.optimizer(task.model.parameters())
        self.scaler = torch.amp.GradScaler(ranks.device.type, enabled=how.precision == "fp16")
        self._module: nn.Module = task
        if ranks.world > 1:
            gpus = [ranks.device.index] if ranks.device.type == "cuda" else None
            self._module = DistributedDataParallel(task, gpus)

    def __call__(self, step: int, batches: Sequence[Mapping[str, Any]], lr: float) -> dict[str, float]:
        """Moves the weights once, by all these batches, and returns the losses.

        Raises FaceshardsError where the loss is not finite; in fp16 such a step is left out, and tried on the next
        batches with a smaller scale.
        """
        self.optimizer.zero_grad()
        rows = self._rows(batches)
        told: torch.Tensor | None = None
        names: list[str] = []
        for number, batch in enumerate(batches):
            share = rows_of(batch) * self._ranks.world / rows
            with self._alone(number + 1 < len(batches)):
                with autocast(self._how.precision, self._ranks.device):
                    losses = self._module(batch)
                self.scaler.scale(losses["loss"] * share).backward()
            names = list(losses)
            mine = torch.stack([loss.detach().float() for loss in losses.values()]) * (share / self._ranks.world)
            told = mine if told is None else told + mine
        assert told is not None
        values = dict(zip(names, self._ranks.total(told).tolist(), strict=True))
        self._check(values, step)
        self._move(lr)
        return values

    def _rows(self, batches: Sequence[Mapping[str, Any]]) -> float:
        """How many rows all processes have of the step."""
        here = sum(map(rows_of, batches))
        return (
            here if self._ranks.world == 1 else self._ranks.total(torch.tensor(here, device=self._ranks.device)).item()
        )

    def _alone(self, more: bool) -> AbstractContextManager[None]:
        """Gradients are averaged over the processes only with the last batch of a step."""
        return self._module.no_sync() if more and isinstance(self._module, DistributedDataParallel) else nullcontext()

    def _move(self, lr: float) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = lr
        if self._how.clip:
            self.scaler.unscale_(self.optimizer)
            nn.utils.clip_grad_norm_(self._module.parameters(), self._how.clip)
        self.scaler.step(self.optimizer)
        self.scaler.update()

    def _check(self, losses: Mapping[str, float], step: int) -> None:
        scales = self.scaler.is_enabled() and self.scaler.get_scale() > _LEAST_SCALE
        if not scales and not all(map(math.isfinite, losses.values())):
            remedy = "lower --lr" if self._how.precision != "fp16" else "lower --lr, or give --precision bf16"
            raise FaceshardsError(f"the loss of step {step} is not finite ({dict(losses)}): {remedy}")


def rows_of(batch: Mapping[str, Any]) -> int:
    """How many samples a batch holds."""
    return len(batch["__key__"]) if "__key__" in batch else len(next(iter(batch.values())))


@contextmanager
def autocast(precision: str, device: torch.device) -> Iterator[None]:
    """Computes in this precision where torch knows that it may."""
    with torch.autocast(device.type, PRECISIONS[precision], enabled=precision != "fp32"):
        yield
