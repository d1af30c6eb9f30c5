"""The losses of speech-to-face (S003: Kacper-Pietkun/Speech-to-face, after Oh et al., Speech2Face, CVPR 2019)."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def embedding_distance(voice: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
    """Squared distance of the embeddings (B, E), each row on the unit sphere, mean over the rows: 2 - 2 cos, in [0, 4].

    S003 divides by the norm of the whole batch tensor, which makes a row's share depend on what else is in the batch.
    """
    return (F.normalize(voice, dim=1) - F.normalize(face, dim=1)).square().sum(1).mean()


def distillation(voice_logits: torch.Tensor, face_logits: torch.Tensor, temperature: float = 2.0) -> torch.Tensor:
    """Cross entropy of the softened class distributions (B, C), the face's as the teacher, mean over the rows.

    -sum_i softmax(face / T)_i log softmax(voice / T)_i; its least value is the teacher's entropy, not 0. S003 sums over
    the batch, which makes the loss grow with the batch.
    """
    teacher = F.softmax(face_logits / temperature, dim=1)
    return -(teacher * F.log_softmax(voice_logits / temperature, dim=1)).sum(1).mean()
