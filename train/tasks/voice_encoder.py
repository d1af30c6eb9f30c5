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
from faceshards.train.tasks.losses import distance_of_batch, distillation, distillation_of_batch, embedding_distance
from faceshards.train.tasks.task import Task, frozen, pictures


@dataclass(frozen=True)
class Coefficients:
    """Weights of the loss's terms, Speech-to-face's: the distance of embeddings, the distillation, the decoder's
    features.
    """

    distance: float = 0.025
    distillation: float = 200.0
    decoder: float = 1.0


class VoiceEncoderTask(Task):
    """Batch: `spectrogram` float32 (B, 2, 257, 601), and of the same people `embedding` float32 (B, E), or else `face`
    float32 (B, 3, 224, 224) in [0, 1], of which the face encoder makes it.

    loss = c1 `distance` + c2 `distillation` + c3 `decoder`. The second needs a face encoder, whose last layer it asks.
    The last stands only where a face decoder is given: the mean absolute difference between what voice and face excite
    in its shared layers. Speech-to-face computed that term without gradient at first, so that it trained nothing; here
    it does. With `old_loss` the first two are that project's own, of the whole batch (`losses.distance_of_batch`).
    `rectified`: the last layer ends in a ReLU, as embeddings of VGG-Face do.
    """

    def __init__(
        self,
        faces: FaceTargets,
        width: float = 1.0,
        decoder: FaceDecoder | None = None,
        coefficients: Coefficients | None = None,
        *,
        old_loss: bool = False,
        rectified: bool = True,
    ) -> None:
        weights = asdict(coefficients or Coefficients())
        config = {"task": VOICE_ENCODER.task, "width": width, **faces.config, "coefficients": weights}
        config |= {"old_loss": old_loss, "rectified": rectified}
        super().__init__(VOICE_ENCODER.build(config), config)
        self.faces, self.weights = faces, weights
        self.decoder = None if decoder is None else frozen(decoder)
        self._distance = distance_of_batch if old_loss else embedding_distance
        self._distillation = distillation_of_batch if old_loss else distillation

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss`, `distance`, `distillation` and `decoder` where they apply."""
        face = self.faces.of(batch)
        voice = self.model(batch["spectrogram"])
        parts = {"distance": self._distance(voice, face)}
        heard, seen = self.faces.classify(voice), self.faces.classify(face)
        if heard is not None and seen is not None:
            parts["distillation"] = self._distillation(heard, seen)
        if self.decoder is not None:
            parts["decoder"] = F.l1_loss(self.decoder.hidden(voice), self.decoder.hidden(face))
        total = torch.stack([self.weights[name] * value for name, value in parts.items()]).sum()
        return {"loss": total, **parts}

    def validate(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """The losses, and `cosine`: how near voices are to their own faces, in [-1, 1]."""
        cosine = F.cosine_similarity(self.model(batch["spectrogram"]), self.faces.of(batch))
        return {**super().validate(batch), "cosine": cosine.float().mean().item()}

    def samples(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """`face`: what the decoder draws of a voice, beside the face itself or, where the data hold only its embedding,
        what it draws of that. Nothing without a decoder.
        """
        if self.decoder is None:
            return {}
        drawn = self.decoder(self.model(batch["spectrogram"]))[1]
        meant = batch["face"] if "face" in batch else self.decoder(self.faces.of(batch))[1]
        return {"face": pictures(drawn), "face_target": pictures(meant)}
