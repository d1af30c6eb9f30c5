"""What the training loop needs of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from faceshards.models.trained import Net


class Task(nn.Module):
    """Forward and loss in one, so that the loop never changes.

    `model` is what is trained and saved, all else in the task is frozen; `config` is what it takes to build the model
    again, plain values. Called with a batch it gives the losses: `loss` is the one to minimise, the others are its
    parts.
    """

    def __init__(self, model: nn.Module, config: dict[str, Any]) -> None:
        super().__init__()
        self.model, self.config = model, config

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch, scalars with gradient."""
        raise NotImplementedError


def frozen(net: Net) -> Net:
    """The net in evaluation mode, without gradients for its own weights; gradients still flow through it."""
    return net.eval().requires_grad_(False)
