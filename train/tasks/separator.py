"""The separator learns which part of a mixture each face says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from faceshards.media.separation import RATE, applied, recovered, sdr_db, sound_of
from faceshards.models.trained import SEPARATOR
from faceshards.train.tasks.discrimination import discriminating
from faceshards.train.tasks.task import Task


class SeparatorTask(Task):
    """Batch: `mixture` float32 (B, 298, 257, 2), `faces` float32 (B, 75, 1, E, n), `masks` float32 (B, 298, 257, 2, n),
    compressed: what the view `SpeechMixtures` makes.

    loss = `discriminating` of the masks.
    """

    sound_rate = RATE

    def __init__(self, width: float = 1.0, speakers: int = 2, embedding: int = 1792, gamma: float = 0.1) -> None:
        config = {"task": SEPARATOR.task, "width": width, "speakers": speakers, "embedding": embedding, "gamma": gamma}
        super().__init__(SEPARATOR.build(config), config)

    def forward(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """The losses of a batch: `loss` alone."""
        masks = self.model(batch["mixture"], batch["faces"])
        return {"loss": discriminating(batch["masks"], masks, self.config["gamma"])}

    def validate(self, batch: Mapping[str, Any]) -> dict[str, float]:
        """`loss`; `sdr_gain`: by how many decibels a voice's ratio of signal to distortion is above that of the mixture
        (`media.separation.sdr_db`), `sdr`: that ratio. Means over the voices.
        """
        masks = self.model(batch["mixture"], batch["faces"])
        voices, true = (_sounds(one, batch["mixture"]) for one in (masks, batch["masks"]))
        reached, before = sdr_db(true, voices), sdr_db(true, sound_of(_numbers(batch["mixture"]))[:, None])
        loss = discriminating(batch["masks"], masks, self.config["gamma"]).item()
        return {"loss": loss, "sdr_gain": float((reached - before).mean()), "sdr": float(reached.mean())}

    def samples(self, batch: Mapping[str, Any]) -> dict[str, torch.Tensor]:
        """`voice1`, `voice2`, ...: float32 (B, 48000), each with the true one beside it; and `mixture`."""
        voices = _sounds(self.model(batch["mixture"], batch["faces"]), batch["mixture"])
        true = _sounds(batch["masks"], batch["mixture"])
        heard = _quiet(sound_of(_numbers(batch["mixture"])))
        made = {"mixture": heard, "mixture_target": heard}
        for number in range(voices.shape[1]):
            made[f"voice{number + 1}"] = _quiet(voices[:, number])
            made[f"voice{number + 1}_target"] = _quiet(true[:, number])
        return made


def _sounds(masks: torch.Tensor, mixtures: torch.Tensor) -> np.ndarray:
    """The voices of compressed masks (B, T, 257, 2, n): float32 (B, n, samples)."""
    each = np.moveaxis(_numbers(masks), -1, 1)
    return sound_of(applied(recovered(each), _numbers(mixtures)[:, None]))


def _numbers(values: torch.Tensor) -> np.ndarray:
    return values.detach().float().cpu().numpy()


def _quiet(sounds: np.ndarray) -> torch.Tensor:
    """Sounds that nothing clips: those beyond -1 and 1 are scaled to it."""
    return torch.from_numpy(sounds / np.maximum(np.abs(sounds).max(-1, keepdims=True), 1))
