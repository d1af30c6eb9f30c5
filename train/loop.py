"""The training loop, the only one: data -> task -> loss -> step -> checkpoint."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from faceshards.errors import FaceshardsError, UsageError
from faceshards.models import checkpoint
from faceshards.models.checkpoint import Checkpoint
from faceshards.shards.storage.atomic import storage_errors
from faceshards.train.history import History
from faceshards.train.tasks.task import Task

#: The newest checkpoint of a run's folder.
LATEST = "checkpoint.pt"


@dataclass(frozen=True)
class TrainingRun:
    """How long and how fast to train, and where the checkpoint, losses.csv and TensorBoard's files go."""

    out: Path
    steps: int
    lr: float = 1e-3
    save_every: int = 10
    resume: bool = False
    device: str = "cpu"

    def __post_init__(self) -> None:
        if self.steps < 1 or self.save_every < 1:
            raise UsageError(f"steps and save_every must be at least 1, got {self.steps} and {self.save_every}")
        if not 0 < self.lr < 1:
            raise UsageError(f"lr must be in (0, 1), got {self.lr}")
        _check_device(self.device)
        if (self.out / LATEST).exists() and not self.resume:
            raise UsageError(f"{self.out} holds a checkpoint already: give --resume to go on from it, or another --out")


def _check_device(device: str) -> None:
    """Raises UsageError for what is no device of this machine."""
    named = re.fullmatch(r"(cpu|cuda)(?::(\d+))?", device)
    if named is None:
        raise UsageError(f"device must be cpu, cuda or cuda:N, got {device!r}")
    count = torch.cuda.device_count() if named[1] == "cuda" else 1
    if int(named[2] or 0) >= count:
        sees = f"{count} GPU{'s' * (count != 1)}" if count else "no GPU"
        raise UsageError(f"device {device!r} is not there: this torch sees {sees}, use --device cpu")


def deterministic(seed: int, device: str = "cpu") -> None:
    """Makes this process repeatable: the same seed, data and thread count give the same losses, bit for bit
    on a CPU.

    On a GPU, operations that have no repeatable form only warn.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it before it repeats itself
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=device != "cpu")


def train(
    task: Task,
    loader: Iterable[Mapping[str, Any]],
    run: TrainingRun,
    on_step: Callable[[int, float], None] | None = None,
) -> dict[str, Any]:
    """Trains until `run.steps` steps are done, those of an interrupted run included; returns `History.summary`.

    A loader with `state_dict` is resumed exactly: the losses are those of a run that was never interrupted.
    Raises UsageError when the checkpoint is of another configuration, FaceshardsError when the loss is no
    longer finite.
    """
    with storage_errors(run.out):
        run.out.mkdir(parents=True, exist_ok=True)
    model = task.model.to(run.device).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=run.lr)
    step = _restore(task, optimizer, loader, run) if run.resume else 0
    with History(run.out, step) as history:
        for batch in islice(_endless(loader), run.steps - step if step < run.steps else 0):
            losses = task(_on_device(batch, run.device))
            optimizer.zero_grad()
            losses["loss"].backward()
            optimizer.step()
            step += 1
            history.add(step, _finite(losses, step))
            if step % run.save_every == 0 or step == run.steps:
                checkpoint.save(_snapshot(step, task, optimizer, loader), run.out / LATEST)
            if on_step is not None:
                on_step(step, history.losses[-1])
        return history.summary()


def _endless(loader: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    delivered = True
    while delivered:
        delivered = False
        for batch in loader:
            delivered = True
            yield batch
    raise UsageError("an epoch of the data gave no batch: lower --batch-size or --num-workers, or give more data")


def _on_device(batch: Mapping[str, Any], device: str) -> dict[str, Any]:
    return {name: value.to(device) if isinstance(value, torch.Tensor) else value for name, value in batch.items()}


def _finite(losses: Mapping[str, torch.Tensor], step: int) -> dict[str, float]:
    values = {name: loss.item() for name, loss in losses.items()}
    if not all(map(math.isfinite, values.values())):
        raise FaceshardsError(f"the loss of step {step} is not finite ({values}): lower --lr")
    return values


def _snapshot(step: int, task: Task, optimizer: torch.optim.Optimizer, loader: Any) -> Checkpoint:
    position = loader.state_dict() if hasattr(loader, "state_dict") else None
    return Checkpoint(
        step, task.config, task.model.state_dict(), optimizer.state_dict(), position, torch.get_rng_state()
    )


def _restore(task: Task, optimizer: torch.optim.Optimizer, loader: Any, run: TrainingRun) -> int:
    """Puts everything where the checkpoint left it and returns its step; 0 where there is none yet."""
    if not (run.out / LATEST).exists():
        return 0
    saved = checkpoint.load(run.out / LATEST)
    now = {**task.config, "lr": run.lr}
    then = {**saved.config, "lr": saved.optimizer["param_groups"][0]["lr"]}
    for name, value in now.items():
        if then.get(name) != value:
            raise UsageError(
                f"{run.out / LATEST} was trained with {name} {then.get(name)!r}, not {value!r}: "
                "resume with the same options, or give another --out"
            )
    task.model.load_state_dict(saved.model)
    optimizer.load_state_dict(saved.optimizer)
    if hasattr(loader, "load_state_dict") and saved.loader is not None:
        loader.load_state_dict(saved.loader)
    torch.set_rng_state(saved.random)
    return saved.step
