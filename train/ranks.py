"""The processes that train together, and the device of each: those that torchrun or Ray Train started, else one."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed

from faceshards.errors import UsageError
from faceshards.loaders.plan.rank import rank_and_world


@dataclass(frozen=True)
class Ranks:
    """This process, the `rank`-th of `world`; only the `first` one writes and speaks."""

    rank: int
    world: int
    device: torch.device

    @property
    def first(self) -> bool:
        """Whether this one writes."""
        return self.rank == 0

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of a tensor over all processes."""
        if self.world > 1:
            values = values.clone()
            distributed.all_reduce(values)
        return values

    def any(self, here: bool) -> bool:
        """Whether it is so in any of the processes; all must ask."""
        return here if self.world == 1 else bool(self.total(torch.tensor(float(here), device=self.device)).item())

    def gathered(self, row: torch.Tensor) -> torch.Tensor:
        """A row of each process, on the CPU, in their order: (world, n); all must ask."""
        if self.world == 1:
            return row[None]
        rows: list[torch.Tensor] = [row] * self.world
        distributed.all_gather_object(rows, row)
        return torch.stack(rows)


def rank() -> int:
    """This process' number, also before the processes have met."""
    return rank_and_world(None, None)[0]


@contextmanager
def together(device: str) -> Iterator[Ranks]:
    """The processes of this training: where RANK and WORLD_SIZE of the environment say that there are others they meet,
    by nccl on GPUs, else by gloo. Raises UsageError for what is no device of this machine.
    """
    here = device_of(device)
    mine, world = rank_and_world(None, None)
    if here.type == "cuda":
        torch.cuda.set_device(here)
    ours = world > 1 and not distributed.is_initialized()
    if ours:
        distributed.init_process_group("nccl" if here.type == "cuda" else "gloo")
    try:
        yield Ranks(mine, world, here)
    finally:
        if ours:
            distributed.destroy_process_group()


def device_of(name: str) -> torch.device:
    """The device by name: cpu, cuda, cuda:N, mps, or auto, the fastest that is there. Of several processes on a machine
    each has its own GPU. Raises UsageError for what is no device of this machine.
    """
    named = re.fullmatch(r"(auto|cpu|cuda|mps)(?::(\d+))?", name)
    if named is None or (named[2] and named[1] != "cuda"):
        raise UsageError(f"device must be auto, cpu, cuda, cuda:N or mps, got {name!r}")
    gpus, apple = torch.cuda.device_count(), torch.backends.mps.is_available()
    kind = named[1]
    if kind == "auto":
        kind = "cuda" if gpus else "mps" if apple else "cpu"
    if kind == "mps" and not apple:
        raise UsageError("device 'mps' is not there: this torch finds no GPU of Apple, use --device cpu")
    if kind != "cuda":
        return torch.device(kind)
    number = int(named[2] or os.environ.get("LOCAL_RANK", 0))
    if number >= gpus:
        sees = f"{gpus} GPU{'s' * (gpus != 1)}" if gpus else "no GPU"
        raise UsageError(f"device {name!r} is not there: this torch sees {sees}, use --device cpu")
    return torch.device("cuda", number)
