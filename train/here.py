"""Training in this process, or as one of those that torchrun started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from faceshards.train.assembled import assembled
from faceshards.train.loop import StepReport
from faceshards.train.options import TrainingOptions


def train_here(
    options: TrainingOptions,
    on_step: Callable[[StepReport], None],
    tell: Callable[[str], None],
    patience: float = 0.0,
) -> dict[str, Any]:
    """Trains as the options say; see `terminal.Trainer` and, of `patience`, `loop.TrainingRun`."""
    training = assembled(options, patience)
    for note in training.notes:
        tell(note)
    return training.trained(on_step, tell)
