"""The loss of speech_separation: near to the own voice, far from the others."""

from __future__ import annotations

import torch


def discriminating(wanted: torch.Tensor, found: torch.Tensor, gamma: float = 0.1) -> torch.Tensor:
    """Of masks (B, ..., n) of n speakers: for each i, (S_i - P_i)^2 less gamma (S_i - P_j)^2 of all others j; summed
    over the speakers, mean over all else.

    It is `audio_discriminate_loss2` of bill9800/speech_separation, whose speakers have a fixed order that the faces
    tell. It may be below 0, and has a least value only where gamma (n - 1) is below 1. That project's first version
    takes the real and the imaginary part for the two speakers.
    """
    apart = (wanted.unsqueeze(-1) - found.unsqueeze(-2)).square()  # (B, ..., i, j)
    own = apart.diagonal(dim1=-2, dim2=-1).sum(-1)
    return ((1 + gamma) * own - gamma * apart.sum((-2, -1))).mean()
