"""The separator learns which part of a mixture each face says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from faceshards.errors import UsageError
from faceshards.media.separation import RATE, applied, recovered, sdr_db, sound_of
from faceshards.models.nets.separator import Separator
from faceshards.models.trained import SEPARATOR
from faceshards.train.tasks.discrimination import discriminating, loudness
from faceshards.train.tasks.task import Task


class SeparatorTask(Task):
    """Batch: `mixture` float32 (B, 298, 257, 2), `faces` float32 (B, 75, 1, E, n), `masks` float32 (B, 298, 257, 2, n),
    compressed: what the view `SpeechMixtures` makes.

    loss = `discriminating` of the masks. `by_loudness`: each part of a spectrum counts as it is loud in the mixture
    (`loudness`), and not all alike, as published: the masks of silence are noise, and there is much of it.

    In training each mixture is asked for in every order that turning its speakers round gives: where mixtures are of
    one clip of each block, as speech_separation's are, a speaker has one place always, so that a network could tell by
    the voice alone where it belongs, and would never look at the faces.
    """

    model: Separator
    sound_rate = RATE

    def __init__(
        self,
        width: float = 1.0,
        speakers: int = 2,
        embedding: int = 1792,
        *,
        joint: float | None = None,
        power: float = 1.0,
        gamma: float = 0.1,
        by_loudness: bool = False,
    ) -> None:
        sizes = {"width": width, "speakers": speakers, "embedding": embedding, "joint": joint, "power": power}
        config = {"task": SEPARATOR.task, **sizes, "gamma": gamma, "by_loudness": by_loudness}
        if not 0 <= gamma * (speakers - 1) < 1:
            raise UsageError(f"gamma must be from 0 to below 1 / (speakers - 1), got {gamma} of {speakers} speakers")
        super().__init__(SEPARATOR.build(config), config)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss` alone, in training the mean over the orders. Raises UsageError for faces of
        another length.
        """
        if not self.model.training:
            return {"loss": self._loss(batch, self._masks(batch))}
        turned = [_turned(batch, by) for by in range(self.config["speakers"])]
        heard = self.model.hear(batch["mixture"])
        losses = [self._loss(one, self.model.told(heard, self._faces(one))) for one in turned]
        return {"loss": torch.stack(losses).mean()}

    def _masks(self, batch: Mapping[str, Any]) -> torch.Tensor:
        masks: torch.Tensor = self.model(batch["mixture"], self._faces(batch))
        return masks

    def _faces(self, batch: Mapping[str, Any]) -> torch.Tensor:
        length, made_for = batch["faces"].shape[3], self.config["embedding"]
        if length != made_for:
            raise UsageError(
                f"the faces are told in {length} numbers, the network hears of {made_for}: --embedding {length}"
            )
        faces: torch.Tensor = batch["faces"]
        return faces

    def _loss(self, batch: Mapping[str, Any], masks: torch.Tensor) -> torch.Tensor:
        weights = loudness(batch["mixture"]) if self.config["by_loudness"] else None
        return discriminating(batch["masks"], masks, self.config["gamma"], weights)

    def validate(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """`loss`; `sdr_gain`: by how many decibels a voice's ratio of signal to distortion is above that of the mixture
        (`media.separation.sdr_db`), `sdr`: that ratio. Means over the voices.
        """
        masks = self._masks(batch)
        voices, true = (_sounds(one, batch["mixture"]) for one in (masks, batch["masks"]))
        reached, before = sdr_db(true, voices), sdr_db(true, sound_of(_numbers(batch["mixture"]))[:, None])
        return {
            "loss": self._loss(batch, masks).item(),
            "sdr_gain": float((reached - before).mean()),
            "sdr": float(reached.mean()),
        }

    def samples(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """`voice1`, `voice2`, ...: float32 (B, 48000), each with the true one beside it; and `mixture`."""
        voices = _sounds(self._masks(batch), batch["mixture"])
        true = _sounds(batch["masks"], batch["mixture"])
        heard = _quiet(sound_of(_numbers(batch["mixture"])))
        made = {"mixture": heard, "mixture_target": heard}
        for number in range(voices.shape[1]):
            made[f"voice{number + 1}"] = _quiet(voices[:, number])
            made[f"voice{number + 1}_target"] = _quiet(true[:, number])
        return made


def _turned(batch: Mapping[str, Any], by: int) -> dict[str, Any]:
    """The batch with its speakers `by` places further on."""
    return {**batch, "faces": batch["faces"].roll(by, -1), "masks": batch["masks"].roll(by, -1)}


def _sounds(masks: torch.Tensor, mixtures: torch.Tensor) -> np.ndarray:
    """The voices of compressed masks (B, T, 257, 2, n): float32 (B, n, samples)."""
    each = np.moveaxis(_numbers(masks), -1, 1)
    return sound_of(applied(recovered(each), _numbers(mixtures)[:, None]))


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()


def _quiet(sounds: np.ndarray) -> torch.Tensor:
    """Sounds that nothing clips: those beyond -1 and 1 are scaled to it."""
    return torch.from_numpy(sounds / np.maximum(np.abs(sounds).max(-1, keepdims=True), 1))
