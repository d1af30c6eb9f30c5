"""How the weights are moved: Adam, the schedule of its rate, precision, accumulation, clipping."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import nn

from faceshards.errors import UsageError

#: The schedules by name; each may begin with a warm-up.
SCHEDULES = ("constant", "cosine", "step")
#: Name -> what the forward pass computes in; weights and their updates are float32 always.
PRECISIONS = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_DROP = re.compile(r"(\d{1,6}):(\d*\.?\d+(?:e-?\d+)?)")


@dataclass(frozen=True, kw_only=True)
class Optimisation:
    """`lr`: the rate, from which `schedule` departs: "constant"; "cosine", to 0 at the last step; "step", times FACTOR
    from EPOCH on, as `drops` says ("5:0.2,10:0.1", those of the separation network of bill9800/speech_separation).
    `warmup`: steps in which it rises from 0. `betas`, `eps`: Adam's. `weight_decay`: AdamW's, 0 is plain Adam. `clip`:
    the norm that all gradients together may have, 0 for any. `accumulate`: batches a step. `precision`: one of
    `PRECISIONS`, by autocast.
    """

    lr: float = 1e-3
    schedule: str = "constant"
    drops: str = "5:0.2,10:0.1"
    warmup: int = 0
    betas: tuple[float, float] = (0.9, 0.999)
    eps: float = 1e-8
    weight_decay: float = 0.0
    clip: float = 0.0
    accumulate: int = 1
    precision: str = "fp32"

    def __post_init__(self) -> None:
        if not 0 < self.lr < 1:
            raise UsageError(f"lr must be in (0, 1), got {self.lr}")
        if self.schedule not in SCHEDULES:
            raise UsageError(f"schedule must be one of {', '.join(SCHEDULES)}, got {self.schedule!r}")
        if self.precision not in PRECISIONS:
            raise UsageError(f"precision must be one of {', '.join(PRECISIONS)}, got {self.precision!r}")
        if self.accumulate < 1 or self.warmup < 0:
            raise UsageError(
                f"accumulate must be at least 1 and warmup at least 0, got {self.accumulate} and {self.warmup}"
            )
        if not (math.isfinite(self.clip) and self.clip >= 0 and 0 <= self.weight_decay < 1 and self.eps > 0):
            raise UsageError(
                "clip must be at least 0, weight_decay in [0, 1) and eps above 0, "
                f"got {self.clip}, {self.weight_decay} and {self.eps}"
            )
        if not all(0 <= beta < 1 for beta in self.betas):
            raise UsageError(f"betas must be in [0, 1), got {self.betas}")
        _parsed(self.drops)

    def optimizer(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """Adam of these parameters; with weight decay AdamW, which without is Adam bit for bit."""
        return torch.optim.AdamW(parameters, lr=self.lr, betas=self.betas, eps=self.eps, weight_decay=self.weight_decay)

    def rate(self, step: int, steps: int | None, batches: int | None) -> float:
        """The learning rate of a step, from 0 on, of `steps` in all; an epoch has so many `batches`. A pure function,
        so that nothing of it is to be saved. Raises UsageError where the schedule needs a length that is not known.
        """
        if step < self.warmup:
            return self.lr * (step + 1) / self.warmup
        if self.schedule == "cosine":
            if steps is None:
                raise UsageError("schedule cosine needs to know the last step: give --steps or --max-epochs")
            done = (step - self.warmup) / max(1, steps - self.warmup)
            return self.lr * (1 + math.cos(math.pi * min(done, 1.0))) / 2
        if self.schedule == "step":
            if batches is None:
                raise UsageError("schedule step goes by epochs, which this loader does not count: give --loader shards")
            epoch = step * self.accumulate // batches
            return self.lr * ([1.0] + [factor for begin, factor in _parsed(self.drops) if epoch >= begin])[-1]
        return self.lr


def _parsed(drops: str) -> list[tuple[int, float]]:
    """The epochs, ascending, and the factor from each on. Raises UsageError."""
    found = [_DROP.fullmatch(one.strip()) for one in drops.split(",")]
    pairs = [(int(one[1]), float(one[2])) for one in found if one]
    if len(pairs) != len(found) or pairs != sorted(pairs):
        raise UsageError(f"drops must be EPOCH:FACTOR,... in ascending order, such as 5:0.2,10:0.1; got {drops!r}")
    return pairs
