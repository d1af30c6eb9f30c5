"""A training as its options say: the task, its data, what is held out of them, and the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Any

from faceshards.errors import UsageError
from faceshards.train.batches import Batches, TrainingData
from faceshards.train.boards import Board, WeightsAndBiases
from faceshards.train.config import kept, write_config
from faceshards.train.held_out import held_out
from faceshards.train.loop import StepReport, TrainingRun, train
from faceshards.train.optimisation import Optimisation
from faceshards.train.options import TrainingOptions, values_of
from faceshards.train.ranks import device_of
from faceshards.train.repeatable import deterministic
from faceshards.train.run_folder import LATEST
from faceshards.train.tasks.task import Task
from faceshards.train.validation import Validation

#: Steps of a run that says neither steps nor epochs.
STEPS = 1000


@dataclass(frozen=True)
class Training:
    """All that `loop.train` takes, and `notes`: what the user should know beforehand."""

    options: TrainingOptions
    task: Task
    batches: Batches
    run: TrainingRun
    validation: Validation | None
    notes: list[str]

    def trained(self, on_step: Callable[[StepReport], None], tell: Callable[[str], None]) -> dict[str, Any]:
        """Trains, and returns what became of it, plain values. Raises as `loop.train` does."""
        last: list[StepReport] = []

        def remember(report: StepReport) -> None:
            last[:] = [report]
            on_step(report)

        outcome = train(
            self.task,
            self.batches,
            self.run,
            remember,
            validation=self.validation,
            boards=self._boards,
            tell=tell,
        )
        faults = getattr(self.batches, "faults", [])
        told = ("shard", "key", "reason", "instead", "message")
        return {
            **self.task.config,
            **outcome,
            "checkpoint": str(self.run.out / LATEST),
            "pace": dict(last[0].pace) if last else {},
            "validation": dict(last[0].metrics) if last else {},
            "faults": [{name: getattr(fault, name) for name in told} for fault in faults],
        }

    def _boards(self) -> Sequence[Board]:
        """Made where the run writes: its config stands in its folder from then on."""
        said = kept(self.task.config["task"], values_of(self.options))
        write_config(self.run.out, said)
        project = self.options.wandb
        return [WeightsAndBiases(project, self.run.out, said)] if project else []


def run_of(options: TrainingOptions, patience: float = 0.0) -> TrainingRun:
    """How long, how and where the options say to train. Raises UsageError."""
    how = {one.name: getattr(options, one.name) for one in fields(Optimisation)}
    return TrainingRun(
        options.out,
        STEPS if options.steps is None and options.max_epochs is None else options.steps,
        options.save_every,
        options.resume,
        options.device,
        options.max_epochs,
        options.look_every,
        patience,
        **how,
    )


def assembled(options: TrainingOptions, patience: float = 0.0) -> Training:
    """The training of these options, which waits for so many seconds for another one to leave its folder. Raises
    UsageError where they, or the data, make none.
    """
    run = run_of(options, patience)
    pinned = device_of(options.device).type == "cuda"
    data = TrainingData(
        options.data, options.loader, options.batch_size, options.num_workers, options.where, options.seed, pinned
    )
    split = held_out(data, options.val_data, options.val_where, by_split=not options.no_validation)
    view, again = options.view(), options.view()
    batches, validation = split.training.batches(view), split.validation(again, options.val_batches)
    settings, other = (dict(getattr(one, "settings", {})) for one in (view, again))
    if validation is not None and settings != other:
        raise UsageError(f"what is held out was made with {other}, what is trained on with {settings}: make both alike")
    deterministic(options.seed, options.device)
    faces = options.faces()
    task = options.task(faces)
    task.config["settings"] = settings
    notes = [*(faces.notes if faces else ()), *data.notes(options.resume), *split.notes]
    return Training(options, task, batches, run, validation, notes)
