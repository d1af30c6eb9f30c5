"""The losses of speech-to-face (Kacper-Pietkun/Speech-to-face, after Oh et al., Speech2Face, CVPR 2019)."""

from __future__ import annotations

import torch
from torch.nn import functional as F


def embedding_distance(voice: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
    """Squared distance of the embeddings (B, E), each row on the unit sphere, mean over the rows: 2 - 2 cos, in [0, 4].

    Speech-to-face divides by the norm of the whole batch tensor, which makes a row's share depend on what else is in
    the batch.
    """
    return (F.normalize(voice, dim=1) - F.normalize(face, dim=1)).square().sum(1).mean()


def distillation(voice_logits: torch.Tensor, face_logits: torch.Tensor, temperature: float = 2.0) -> torch.Tensor:
    """How far the voice's softened class distribution (B, C) is from its teacher's, the face's; mean over the rows.

    KL(softmax(face / T) || softmax(voice / T)): Speech-to-face's cross entropy less the teacher's own entropy, which
    the voice cannot change, so the gradient is the same and 0 is the goal. Speech-to-face sums over the batch, which
    makes the loss grow with it.
    """
    teacher = F.log_softmax(face_logits / temperature, dim=1)
    student = F.log_softmax(voice_logits / temperature, dim=1)
    return F.kl_div(student, teacher, reduction="batchmean", log_target=True)


def distance_of_batch(voice: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
    """Speech-to-face's own first term, ||v/||v|| - f/||f|| ||^2 with the norms of the whole tensors (B, E), for who
    compares with its figures: in [0, 4] for the batch, so that a row counts for less the more others there are.
    """
    return (voice / voice.norm() - face / face.norm()).square().sum()


def distillation_of_batch(voice_logits: torch.Tensor, face_logits: torch.Tensor) -> torch.Tensor:
    """Speech-to-face's own second term, -sum softmax(face / 2) log_softmax(voice / 2) over classes and rows: a cross
    entropy, which is not 0 at its best, and grows with the batch.
    """
    return -(F.softmax(face_logits / 2, dim=1) * F.log_softmax(voice_logits / 2, dim=1)).sum()
