"""What the training loop needs of a task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import torch


class Task(Protocol):
    """Forward and loss in one: the loop never changes.

    `model` is what is trained and saved; `config` is what it takes to build it again, plain values. Calling
    the task with a batch gives the losses: `loss` is the one to minimise, the others are its parts.
    """

    model: torch.nn.Module
    config: dict[str, Any]

    def __call__(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]: ...
