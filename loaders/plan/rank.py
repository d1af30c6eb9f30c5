"""Which rank this process is, of how many."""

from __future__ import annotations

import os

import torch

from faceshards.errors import UsageError
from faceshards.loaders.arguments import whole


def rank_and_world(rank: int | None, world: int | None) -> tuple[int, int]:
    """The rank and the world size: as given, else those of torch.distributed, else of the environment. Raises
    UsageError where one is given without the other.
    """
    if (rank is None) != (world is None):
        raise UsageError(f"rank and world go together, got rank={rank}, world={world}: give both or neither")
    if rank is not None and world is not None:
        return whole("rank", rank), whole("world", world, 1)
    if torch.distributed.is_available() and torch.distributed.is_initialized():
        return torch.distributed.get_rank(), torch.distributed.get_world_size()
    said = os.environ.get("RANK", "0"), os.environ.get("WORLD_SIZE", "1")
    if not all(one.isdecimal() for one in said):
        raise UsageError(f"RANK and WORLD_SIZE of the environment must be whole numbers, got {said[0]!r}, {said[1]!r}")
    return int(said[0]), int(said[1])
