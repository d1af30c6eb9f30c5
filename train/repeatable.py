"""The same seed, the same losses."""

from __future__ import annotations

import os

import torch

from faceshards.train.ranks import device_of


def deterministic(seed: int, device: str = "cpu") -> None:
    """Makes this process repeatable: the same seed, data and thread count give the same losses, bit for bit
    on a CPU.

    On a GPU, operations that have no repeatable form only warn.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS asks for it before it repeats itself
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True, warn_only=device_of(device).type != "cpu")
