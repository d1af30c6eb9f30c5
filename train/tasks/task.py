"""What the training loop needs of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import torch
from torch import nn

from faceshards.models.trained import Net


class Task(nn.Module):
    """Forward and loss in one, so that the loop never changes.

    `model` is what is trained and saved, all else in the task is frozen; `config` is what it takes to build the model
    again, plain values. Called with a batch it gives the losses: `loss` is the one to minimise, the others are its
    parts. `sound_rate`: samples a second of the sounds in `samples`.
    """

    sound_rate: ClassVar[int] = 16000

    def __init__(self, model: nn.Module, config: dict[str, Any]) -> None:
        super().__init__()
        self.model, self.config = model, config

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch, scalars with gradient."""
        raise NotImplementedError

    def validate(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """What is told of a batch that is not trained on, means over its rows; called without gradient, the model in
        evaluation mode. By default the losses. Where there is a `loss`, the best checkpoint is that of its least.
        """
        return {name: value.item() for name, value in self(batch).items()}

    def samples(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """What the model makes of a batch, to look at or to hear, called as `validate` is: pictures uint8 (n, H, W, 3)
        RGB, sounds float32 (n, samples) in [-1, 1] at `sound_rate`. Each name has its target beside it, of the same
        shape, as `NAME_target`. By default none.
        """
        return {}


def frozen(net: Net) -> Net:
    """The net in evaluation mode, without gradients for its own weights; gradients still flow through it."""
    return net.eval().requires_grad_(False)


def pictures(planes: torch.Tensor) -> torch.Tensor:
    """uint8 (n, H, W, 3) of pictures float (n, 3, H, W) in [0, 1]."""
    return planes.float().clamp(0, 1).mul(255).round().byte().permute(0, 2, 3, 1)
