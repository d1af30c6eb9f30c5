"""The face encoder that gives the target embeddings: VGG-Face where the user has its weights, else an untrained one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from faceshards.errors import UsageError
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
    """Where the target embeddings of a training come from, and what a checkpoint must remember of it: a frozen face
    encoder, or, where there is none, the data's own column.

    `size`: length of the embedding. `config`: plain values that name the encoder. `notes`: what the user should know.
    """

    def __init__(self, encoder: VggFace | TinyFaceEncoder | None, name: str, size: int, notes: list[str]) -> None:
        super().__init__()
        self.encoder, self.size, self.notes = encoder, size, notes
        if encoder is not None:
            frozen(encoder)
        self.config: dict[str, Any] = {"face_encoder": name, "embedding": size}

    def of(self, batch: Mapping[str, Any]) -> torch.Tensor:
        """Embeddings float32 (B, size) of a batch: its own `embedding`, where the data have them, else those of its
        `face`. Raises UsageError for embeddings of another length.
        """
        if "embedding" not in batch:
            return self.embed(batch["face"])
        given: torch.Tensor = batch["embedding"].float()
        if given.shape[1:] != (self.size,):
            raise UsageError(
                f"the data's embeddings have {tuple(given.shape[1:])} numbers, those of {self.config['face_encoder']} "
                f"{self.size}: name their column by --embedding, and the encoder that made them by --face-encoder"
            )
        return given

    def embed(self, faces: torch.Tensor) -> torch.Tensor:
        """Embeddings float32 (B, size) of faces float32 (B, 3, 224, 224), RGB in 0..1; no gradient."""
        with torch.no_grad():
            return self.seen(faces)

    def seen(self, faces: torch.Tensor) -> torch.Tensor:
        """As `embed`, with gradient. Raises UsageError where there is no encoder."""
        if self.encoder is None:
            raise UsageError(f"{self.config['face_encoder']} is no face encoder: give --face-encoder")
        return self.encoder.embedding(faces)

    def classify(self, embeddings: torch.Tensor) -> torch.Tensor | None:
        """The encoder's last layer: logits (B, identities) of embeddings (B, size), with gradient; None without one."""
        return None if self.encoder is None else self.encoder.logits_of(embeddings)


def given_embeddings(origin: str, size: int) -> FaceTargets:
    """Embeddings that the data hold, as `given.origin_of` names them, and nothing that could classify them."""
    return FaceTargets(None, origin, size, [])


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
