"""The training loop, the only one: data -> task -> loss -> step -> checkpoint."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.train.boards import Board
from faceshards.train.history import History
from faceshards.train.interruption import Interruption
from faceshards.train.optimisation import Optimisation
from faceshards.train.ranks import device_of, together
from faceshards.train.run_folder import LATEST, RunFolder, refuse_taken
from faceshards.train.sample_board import show_samples
from faceshards.train.state import TrainingState
from faceshards.train.stepper import Stepper
from faceshards.train.supply import Supply
from faceshards.train.tasks.task import Task
from faceshards.train.validation import Validation


@dataclass(frozen=True)
class TrainingRun(Optimisation):
    """How long to train (`steps` or `epochs`, whichever ends first), how (`Optimisation`), on what, and where the
    checkpoints, losses.csv and TensorBoard's files go. `save_every` and `look_every`: steps between two checkpoints,
    and between two looks at held-out data and at samples. `patience`: seconds for which it waits for another run to
    leave its folder.
    """

    out: Path
    steps: int | None = None
    save_every: int = 10
    resume: bool = False
    device: str = "cpu"
    epochs: int | None = None
    look_every: int = 100
    patience: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps", "epochs", "save_every", "look_every"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} must be at least 1, got {value}")
        if self.steps is None and self.epochs is None:
            raise UsageError("a run needs an end: give steps or epochs")
        device_of(self.device)
        refuse_taken(self.out, self.resume)

    def folder(self, writes: bool) -> RunFolder:
        """Its folder, for the process that writes there or one that only reads."""
        return RunFolder(self.out, writes, self.patience)

    def last(self, batches: int | None) -> int:
        """The last step, where an epoch has so many batches. Raises UsageError where they are not known."""
        if self.epochs is None:
            return self.steps or 0
        if batches is None:
            raise UsageError("this loader does not know how long an epoch is: give --steps in place of --max-epochs")
        most = max(1, self.epochs * batches // self.accumulate)
        return min(most, self.steps or most)


@dataclass(frozen=True)
class StepReport:
    """What who watches is told of a step. The pace is None at first; `metrics` are empty where nobody looked."""

    step: int
    last: int
    losses: Mapping[str, float]
    pace: Mapping[str, float | None]
    metrics: Mapping[str, float]


def train(
    task: Task,
    loader: Iterable[Mapping[str, Any]],
    run: TrainingRun,
    on_step: Callable[[StepReport], None] = lambda told: None,
    *,
    validation: Validation | None = None,
    boards: Callable[[], Sequence[Board]] = tuple,
    tell: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Trains until the run's last step is done, those of an interrupted run included; returns `History.summary`.

    A loader with `state_dict` is resumed exactly: the losses are those of a run that was never interrupted. Under
    torchrun and Ray Train all processes call it. `boards` makes those beside TensorBoard's files, where the run writes;
    `tell` is given what the user should know. Raises UsageError when the checkpoint is of another configuration,
    FaceshardsError when the loss is no longer finite, Interrupted after Ctrl-C or SIGTERM.
    """
    batches = len(loader) if isinstance(loader, Sized) else None
    last = run.last(batches)
    with (
        together(run.device) as ranks,
        RunFolder(run.out, ranks.first, run.patience) as folder,
        Interruption() as interruption,
    ):
        stepper, supply = Stepper(task, run, ranks), Supply(loader, ranks)
        state = TrainingState(task, stepper, supply, run, ranks)
        if run.resume and (saved := folder.newest(tell)):
            state.go_on(saved, folder.path / LATEST)
        shown = boards() if ranks.first else ()
        with History(run.out, state.step, shown, writes=ranks.first) as history:
            while state.step < last:
                data = supply.take(run.accumulate, interruption)
                if ranks.any(interruption.asked):
                    supply.give_back()
                    folder.save(state.saved())
                    raise interruption.ended(state.step, folder.path / LATEST)
                lr = run.rate(state.step, last, batches)
                losses = stepper(state.step + 1, data, lr)
                state.step += 1
                history.add(state.step, {**losses, "lr": lr}, supply.pace)
                metrics: Mapping[str, float] = {}
                if state.step % run.look_every == 0 or state.step == last:
                    metrics = validation.metrics(task, ranks, run.precision) if validation else {}
                    history.validated(state.step, metrics)
                    seen = validation.first_batch if validation else data[0]
                    show_samples(task, seen, history.boards, state.step, run.precision, ranks)
                better = state.better(metrics)
                if state.step % run.save_every == 0 or state.step == last or better:
                    folder.save(state.saved(), best=better)
                on_step(StepReport(state.step, last, losses, supply.pace, metrics))
            return history.summary()
