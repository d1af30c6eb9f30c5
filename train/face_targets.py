"""The face encoder that gives the target embeddings: VGG-Face where the user has its weights, else an untrained one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from faceshards.models.nets.face_encoder import TinyFaceEncoder, VggFace
from faceshards.models.nets.vgg_face_file import load_vgg_face
from faceshards.models.weights.registry import digest
from faceshards.train.tasks.task import frozen

#: Length of VGG-Face's embedding; that of the untrained encoder is this times the width.
EMBEDDING = 4096

_SEED = 0
_UNTRAINED = (
    "No VGG-Face weights were given (--face-encoder): the targets come from a small untrained face encoder with a "
    "fixed seed, so what is learned shows the plumbing and means nothing."
)


class FaceTargets(nn.Module):
    """A frozen face encoder, and what a checkpoint must remember of it.

    `size`: length of the embedding. `config`: plain values that name the encoder. `notes`: what the user should know.
    """

    def __init__(self, encoder: VggFace | TinyFaceEncoder, name: str, size: int, notes: list[str]) -> None:
        super().__init__()
        self.encoder, self.size, self.notes = encoder, size, notes
        frozen(encoder)
        self.config: dict[str, Any] = {"face_encoder": name, "embedding": size}

    def embed(self, faces: torch.Tensor) -> torch.Tensor:
        """Embeddings float32 (B, size) of faces float32 (B, 3, 224, 224), RGB in 0..1; no gradient."""
        with torch.no_grad():
            return self.encoder.embedding(faces)

    def classify(self, embeddings: torch.Tensor) -> torch.Tensor:
        """The encoder's last layer: logits (B, identities) of embeddings (B, size), with gradient."""
        return self.encoder.logits_of(embeddings)


def face_targets(weights: Path | None, width: float) -> FaceTargets:
    """VGG-Face with the weights of a state_dict file, as Speech-to-face's converter writes either layout; without
    a file an untrained encoder of this width.

    Raises UsageError for a file that is not there, WeightsError for one that is not VGG-Face's, UnsafeData for one that
    holds more than tensors.
    """
    if weights is None:
        size = max(1, round(EMBEDDING * width))
        return FaceTargets(TinyFaceEncoder(_SEED, size), f"untrained, seed {_SEED}", size, [_UNTRAINED])
    encoder = load_vgg_face(weights)
    return FaceTargets(encoder, f"vgg-face sha256 {digest(weights)}", EMBEDDING, [])
