"""The voice encoder learns to say of a voice what the face encoder says of its speaker's face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch.nn import functional as F

from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.models.trained import VOICE_ENCODER
from faceshards.train.face_targets import FaceTargets
from faceshards.train.tasks.losses import distillation, embedding_distance
from faceshards.train.tasks.task import Task, frozen


@dataclass(frozen=True)
class Coefficients:
    """Weights of the loss's terms, Speech-to-face's: the distance of embeddings, the distillation, the decoder's
    features.
    """

    distance: float = 0.025
    distillation: float = 200.0
    decoder: float = 1.0


class VoiceEncoderTask(Task):
    """Batch: `spectrogram` float32 (B, 2, 257, 601), `face` float32 (B, 3, 224, 224) in [0, 1] of the same people.

    loss = c1 `distance` + c2 `distillation` + c3 `decoder`, the last only where a face decoder is given: the mean
    absolute difference between what voice and face excite in its shared layers. Speech-to-face computes that term
    without gradient, so that it trains nothing; here it does.
    """

    def __init__(
        self,
        faces: FaceTargets,
        width: float = 1.0,
        decoder: FaceDecoder | None = None,
        coefficients: Coefficients | None = None,
    ) -> None:
        weights = asdict(coefficients or Coefficients())
        config = {"task": VOICE_ENCODER.task, "width": width, **faces.config, "coefficients": weights}
        super().__init__(VOICE_ENCODER.build(config), config)
        self.faces, self.weights = faces, weights
        self.decoder = None if decoder is None else frozen(decoder)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss`, `distance`, `distillation`, and `decoder` where it applies."""
        face = self.faces.embed(batch["face"])
        voice = self.model(batch["spectrogram"])
        parts = {
            "distance": embedding_distance(voice, face),
            "distillation": distillation(self.faces.classify(voice), self.faces.classify(face)),
        }
        if self.decoder is not None:
            parts["decoder"] = F.l1_loss(self.decoder.hidden(voice), self.decoder.hidden(face))
        total = torch.stack([self.weights[name] * value for name, value in parts.items()]).sum()
        return {"loss": total, **parts}
