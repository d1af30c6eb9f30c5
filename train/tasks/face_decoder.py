"""The face decoder learns to draw a face, and to place its points, from the face encoder's embedding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional as F

from faceshards.errors import UsageError
from faceshards.models.nets.face_decoder import SIDE, FaceDecoder
from faceshards.models.trained import FACE_DECODER
from faceshards.train.face_targets import FaceTargets
from faceshards.train.tasks.task import Task, pictures

#: Weight of the texture's loss (0..1) beside the points' loss (squared pixels); Speech-to-face's.
TEXTURE = 100.0


class FaceDecoderTask(Task):
    """Batch: `face` float32 (B, 3, 224, 224) RGB in [0, 1], `points` float32 (B, 2 P) in pixels of the face picture,
    and `embedding` float32 (B, E), where the data have it; else the face encoder makes it of the face. Also as the view
    `FaceWithLandmarks` calls them: `image` and `landmarks`.

    loss = `points` (mean squared error in pixels) + 100 `texture` (mean absolute error) + `cosine` times the term of
    that name, where that is not 0: 1 - cos between the embedding and that of the picture that was drawn. Speech-to-face
    meant it to be 10, later 100, and computed it without gradient; here it has one.
    """

    def __init__(self, faces: FaceTargets, width: float = 1.0, points: int = 5, cosine: float = 0.0) -> None:
        if cosine and faces.encoder is None:
            raise UsageError("--cosine looks at what was drawn with the face encoder: give --face-encoder")
        config = {"task": FACE_DECODER.task, "width": width, "points": points, **faces.config, "cosine": cosine}
        super().__init__(_centred(FACE_DECODER.build(config)), config)
        self.faces, self._cosine = faces, cosine

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss`, `points`, `texture`, and `cosine` where it counts."""
        face, meant = _of(batch)
        embedding = self.faces.of(batch)
        points, texture = self.model(embedding)
        parts = {"points": F.mse_loss(points, meant), "texture": F.l1_loss(texture, face)}
        loss = parts["points"] + TEXTURE * parts["texture"]
        if self._cosine:
            parts["cosine"] = (1 - F.cosine_similarity(self.faces.seen(texture), embedding)).mean()
            loss = loss + self._cosine * parts["cosine"]
        return {"loss": loss, **parts}

    def samples(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """`face`: what is drawn of the embedding."""
        return {"face": pictures(self.model(self.faces.of(batch))[1]), "face_target": pictures(_of(batch)[0])}


def _of(batch: Mapping[str, Any]) -> tuple[torch.Tensor, torch.Tensor]:
    """The faces of a batch and their points, by the names of either view."""
    return (batch["image"], batch["landmarks"]) if "image" in batch else (batch["face"], batch["points"])


@torch.no_grad()
def _centred(decoder: FaceDecoder) -> FaceDecoder:
    """The points start at the picture's centre: from 0, Adam would spend thousands of steps on the way."""
    for name, weight in decoder.landmark_layers[-1].named_parameters():
        if name.endswith("bias"):
            weight.fill_(SIDE / 2)
    return decoder
