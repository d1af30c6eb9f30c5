"""The loss of speech_separation: near to the own voice, far from the others."""

from __future__ import annotations

import torch


def discriminating(
    wanted: torch.Tensor, found: torch.Tensor, gamma: float = 0.1, weights: torch.Tensor | None = None
) -> torch.Tensor:
    """Of masks (B, ..., n) of n speakers: for each i, (S_i - P_i)^2 less gamma (S_i - P_j)^2 of all others j; summed
    over the speakers, mean over all else, or with `weights` (B, ...).

    It is `audio_discriminate_loss2` of bill9800/speech_separation, whose speakers have a fixed order that the faces
    tell. It may be below 0, and has a least value only where gamma (n - 1) is below 1. That project's first version
    takes the real and the imaginary part for the two speakers.
    """
    apart = (wanted.unsqueeze(-1) - found.unsqueeze(-2)).square()  # (B, ..., i, j)
    own = apart.diagonal(dim1=-2, dim2=-1).sum(-1)
    each = (1 + gamma) * own - gamma * apart.sum((-2, -1))
    return each.mean() if weights is None else (each * weights).mean()


def loudness(mixture: torch.Tensor) -> torch.Tensor:
    """How loud each part of spectra (B, T, F, 2) is, over the mean of its row: (B, T, F, 1)."""
    sizes = mixture.square().sum(-1, keepdim=True).sqrt()
    return sizes / sizes.mean((1, 2, 3), keepdim=True).clamp(min=torch.finfo(sizes.dtype).tiny)
