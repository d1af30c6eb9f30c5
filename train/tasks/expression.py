"""The expression network learns how a face moves while it says what is heard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from faceshards.models.nets.expression import CODES, GROUPS
from faceshards.models.trained import EXPRESSION
from faceshards.train.tasks.task import Task

#: The groups that move the face, whose distances validation tells.
MOVING = ("exp", "jaw", "head")


class ExpressionTask(Task):
    """Batch, as the view `emoca` gives it: `audio` and `envelope` float32 (B, 640 T), `reference` float32 (B, 1, 284),
    `codes` float32 (B, T, 284), standardised differences to the reference.

    loss = the mean over the five groups (shape, exp, head, jaw, detail) of the mean squared error in each, so that
    three numbers of a jaw count as much as a hundred of a shape that a voice does not tell. The mean of all training
    frames, which is 0 in each, has the loss of about 1 there.
    """

    def __init__(self, width: float = 1.0) -> None:
        config = {"task": EXPRESSION.task, "width": width, "codes": CODES}
        super().__init__(EXPRESSION.build(config), config)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss` and one a group."""
        return _losses(self._predicted(batch), batch["codes"])

    def validate(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """Of each group that moves the face the distance of a frame's codes from the true ones, the length of the
        difference of standardised numbers, mean over all frames: `exp`, `jaw`, `head`; and that of the training's mean,
        the same for every sound: `exp_of_mean` and so on. `loss` as in training.
        """
        predicted, true = self._predicted(batch), batch["codes"]
        found = {"loss": _losses(predicted, true)["loss"].item()}
        for name in MOVING:
            of_group = slice(*GROUPS[name])
            found[name] = (predicted - true)[..., of_group].norm(dim=-1).mean().item()
            found[f"{name}_of_mean"] = true[..., of_group].norm(dim=-1).mean().item()
        return found

    def _predicted(self, batch: Mapping[str, Any]) -> torch.Tensor:
        return self.model(batch["audio"], batch["envelope"], batch["reference"])


def _losses(predicted: torch.Tensor, true: torch.Tensor) -> dict[str, torch.Tensor]:
    errors = (predicted - true).square()
    parts = {name: errors[..., start:stop].mean() for name, (start, stop) in GROUPS.items()}
    return {"loss": torch.stack([*parts.values()]).mean(), **parts}
