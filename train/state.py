"""All that a killed training goes on from: weights, optimizer, scaler, position, random numbers, the best so far."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.models.checkpoint import Checkpoint
from faceshards.train.optimisation import Optimisation
from faceshards.train.random_state import random_state, set_random_state
from faceshards.train.ranks import Ranks
from faceshards.train.stepper import Stepper
from faceshards.train.supply import Supply
from faceshards.train.tasks.task import Task


class TrainingState:
    """Where a training stands: `step` steps are done; `first` and `best` are the first and the least loss on held-out
    data.
    """

    def __init__(self, task: Task, stepper: Stepper, supply: Supply, how: Optimisation, ranks: Ranks) -> None:
        self._task, self._stepper, self._supply, self._ranks = task, stepper, supply, ranks
        self._training = {one.name: getattr(how, one.name) for one in fields(Optimisation)}
        self.step = 0
        self.first: float | None = None
        self.best: float | None = None

    def saved(self) -> Checkpoint:
        """It as a checkpoint; all processes must ask."""
        return Checkpoint(
            self.step,
            self._task.config,
            self._task.model.state_dict(),
            self._stepper.optimizer.state_dict(),
            self._supply.state_dict(),
            random_state(self._ranks),
            self._training,
            self._stepper.scaler.state_dict(),
            self.best,
            self.first,
        )

    def go_on(self, saved: Checkpoint, path: Path) -> None:
        """Puts everything where a checkpoint left it. Raises UsageError for one of another configuration."""
        then = {**asdict(Optimisation()), "lr": saved.optimizer["param_groups"][0]["lr"], **saved.training}
        self._refuse_another({**saved.config, **then}, path)
        self._task.model.load_state_dict(saved.model)
        self._stepper.optimizer.load_state_dict(saved.optimizer)
        self._stepper.scaler.load_state_dict(saved.scaler)
        self._supply.load_state_dict(saved.loader)
        set_random_state(saved.random, self._ranks)
        self.step, self.best, self.first = saved.step, saved.best, saved.first

    def _refuse_another(self, then: Mapping[str, Any], path: Path) -> None:
        for name, value in {**self._task.config, **self._training}.items():
            if then.get(name) != value and not (name not in then and not value):
                raise UsageError(
                    f"{path} was trained with {name} {then.get(name)!r}, not {value!r}: "
                    "resume with the same options, or give another --out"
                )

    def better(self, metrics: Mapping[str, float]) -> bool:
        """Whether the loss on held-out data is the least so far, which is remembered; not where there is none."""
        if "loss" not in metrics or (self.best is not None and metrics["loss"] >= self.best):
            return False
        if self.best is None:
            self.first = metrics["loss"]
        self.best = metrics["loss"]
        return True
