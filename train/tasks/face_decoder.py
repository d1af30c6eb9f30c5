"""The face decoder learns to draw a face, and to place its points, from the face encoder's embedding."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch.nn import functional as F

from faceshards.models.nets.face_decoder import SIDE, FaceDecoder
from faceshards.models.trained import FACE_DECODER
from faceshards.train.face_targets import FaceTargets
from faceshards.train.tasks.task import Task

#: Weight of the texture's loss (0..1) beside the points' loss (squared pixels); Speech-to-face's.
TEXTURE = 100.0


class FaceDecoderTask(Task):
    """Batch: `face` float32 (B, 3, 224, 224) RGB in [0, 1], `points` float32 (B, 2 P) in pixels of the face picture.

    loss = `points` (mean squared error in pixels) + 100 `texture` (mean absolute error).
    """

    def __init__(self, faces: FaceTargets, width: float = 1.0, points: int = 5) -> None:
        config = {"task": FACE_DECODER.task, "width": width, "points": points, **faces.config}
        super().__init__(_centred(FACE_DECODER.build(config)), config)
        self.faces = faces

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss`, `points`, `texture`."""
        points, texture = self.model(self.faces.embed(batch["face"]))
        parts = {"points": F.mse_loss(points, batch["points"]), "texture": F.l1_loss(texture, batch["face"])}
        return {"loss": parts["points"] + TEXTURE * parts["texture"], **parts}


@torch.no_grad()
def _centred(decoder: FaceDecoder) -> FaceDecoder:
    """The points start at the picture's centre: from 0, Adam would spend thousands of steps on the way."""
    for name, weight in decoder.landmark_layers[-1].named_parameters():
        if name.endswith("bias"):
            weight.fill_(SIDE / 2)
    return decoder
