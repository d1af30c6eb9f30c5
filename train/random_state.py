"""Where the random numbers of a training stand: those of torch on the CPU and on the device of each process."""

from __future__ import annotations

import torch

from faceshards.train.ranks import Ranks


def random_state(ranks: Ranks) -> torch.Tensor:
    """The state of each process, uint8 (world, n); all must ask."""
    return ranks.gathered(torch.cat([torch.get_rng_state(), _of_device(ranks.device)]))


def set_random_state(state: torch.Tensor, ranks: Ranks) -> None:
    """Goes where this process stood. One that is new, since there were fewer, keeps its own."""
    rows = state.reshape(-1, state.shape[-1])  # of one process there was a row alone once
    if ranks.rank >= len(rows):
        return
    cpu = torch.get_rng_state().numel()
    torch.set_rng_state(rows[ranks.rank, :cpu].clone())
    rest = rows[ranks.rank, cpu:].clone()
    if ranks.device.type == "cuda" and rest.numel():
        torch.cuda.set_rng_state(rest, ranks.device)
    if ranks.device.type == "mps" and rest.numel():
        torch.mps.set_rng_state(rest)


def _of_device(device: torch.device) -> torch.Tensor:
    if device.type == "cuda":
        return torch.cuda.get_rng_state(device)
    return torch.mps.get_rng_state() if device.type == "mps" else torch.empty(0, dtype=torch.uint8)
