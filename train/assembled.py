"""A training as its options say: the task, its data, what is held out of them, and the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

from faceshards.errors import UsageError
from faceshards.train.batches import Batches, TrainingData
from faceshards.train.boards import Board, WeightsAndBiases
from faceshards.train.config import write_config
from faceshards.train.held_out import held_out
from faceshards.train.loop import TrainingRun
from faceshards.train.optimisation import Optimisation
from faceshards.train.options import TrainingOptions, values_of
from faceshards.train.ranks import device_of
from faceshards.train.repeatable import deterministic
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

    def boards(self) -> Sequence[Board]:
        """Made where the run writes: its config stands in its folder from then on."""
        said = values_of(self.options)
        write_config(self.run.out, self.task.config["task"], said)
        project = self.options.wandb
        return [WeightsAndBiases(project, self.run.out, said)] if project else []


def assembled(options: TrainingOptions) -> Training:
    """The training of these options. Raises UsageError where they, or the data, make none."""
    how = {one.name: getattr(options, one.name) for one in fields(Optimisation)}
    steps = STEPS if options.steps is None and options.max_epochs is None else options.steps
    run = TrainingRun(
        options.out, steps, options.save_every, options.resume, options.device, options.max_epochs, options.look_every,
        **how,
    )  # fmt: skip
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
