"""What a model makes of a batch, on the boards of its run: never without the target beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceshards.errors import SoftwareError
from faceshards.train.boards import Board
from faceshards.train.ranks import Ranks
from faceshards.train.supply import on_device
from faceshards.train.tasks.task import Task
from faceshards.train.validation import looking

#: How what should be stands beside what is: `face` and `face_target`.
TARGET = "_target"
#: Samples of a batch that are shown.
MOST = 4


def show_samples(
    task: Task, batch: Mapping[str, Any], boards: Sequence[Board], step: int, precision: str, ranks: Ranks
) -> None:
    """Puts the samples of a batch on the boards: of pictures a sheet, a row each, made and meant side by side; of
    sounds the one and the other. Raises SoftwareError for a task whose sample has no target of its shape.
    """
    if not boards:
        return
    with looking(task, ranks, precision):
        samples = task.samples(on_device(batch, ranks.device))
    made = {name: values[:MOST].cpu().numpy() for name, values in samples.items()}
    for name in (one for one in made if not one.endswith(TARGET)):
        target = made.get(name + TARGET)
        if target is None or target.shape != made[name].shape:
            kind = type(task).__name__
            raise SoftwareError(f"{kind}.samples gives {name!r} without {name + TARGET!r} of the same shape beside it")
        for board in boards:
            if made[name].dtype == np.uint8:
                board.picture(f"samples/{name}", sheet(made[name], target), step)
            else:
                for word, waves in ((name, made[name]), (name + TARGET, target)):
                    for number, wave in enumerate(waves):
                        board.sound(f"samples/{word}/{number}", np.clip(wave, -1, 1), task.sound_rate, step)


def sheet(made: np.ndarray, target: np.ndarray) -> np.ndarray:
    """One picture uint8 (n H, 2 W, 3) of pictures uint8 (n, H, W, 3): left what was made, right what was meant."""
    return np.concatenate([np.concatenate([*made]), np.concatenate([*target])], axis=1)
