"""Where a run is looked at while it goes: TensorBoard, and Weights & Biases where it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from faceshards.errors import MissingExtra


class Board(Protocol):
    """Shows a run's numbers, pictures and sounds by step."""

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """Numbers by name, such as `train/loss`."""

    def picture(self, name: str, picture: np.ndarray, step: int) -> None:
        """A picture uint8 (H, W, 3), RGB."""

    def sound(self, name: str, wave: np.ndarray, rate: int, step: int) -> None:
        """A sound float32 (n,) in [-1, 1], with so many samples a second."""

    def close(self) -> None:
        """Nothing more comes."""


class TensorBoard:
    """TensorBoard's files in the run's folder, from `step` on: what a killed run left beyond is hidden."""

    def __init__(self, folder: Path, step: int) -> None:
        from torch.utils.tensorboard import SummaryWriter  # costs seconds

        self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """As `Board`."""
        for name, value in values.items():
            self._writer.add_scalar(name, value, step)

    def picture(self, name: str, picture: np.ndarray, step: int) -> None:
        """As `Board`."""
        self._writer.add_image(name, picture, step, dataformats="HWC")

    def sound(self, name: str, wave: np.ndarray, rate: int, step: int) -> None:
        """As `Board`."""
        self._writer.add_audio(name, wave[None], step, sample_rate=rate)

    def close(self) -> None:
        """Writes what is left."""
        self._writer.close()


class WeightsAndBiases:
    """A run of a project of Weights & Biases; one that goes on is the same run there. Raises MissingExtra."""

    def __init__(self, project: str, folder: Path, config: Mapping[str, Any]) -> None:
        try:
            import wandb
        except ImportError as error:
            raise MissingExtra("--wandb needs wandb, which is not installed: pip install wandb") from error
        self._wandb = wandb
        kept = folder / "wandb.id"
        name = kept.read_text("utf-8").strip() if kept.exists() else wandb.util.generate_id()
        kept.write_text(name, "utf-8")
        self._run = wandb.init(
            project=project, dir=str(folder), id=name, resume="allow", config=dict(config), name=folder.name
        )

    def scalars(self, values: Mapping[str, float], step: int) -> None:
        """As `Board`."""
        self._run.log(dict(values), step=step)

    def picture(self, name: str, picture: np.ndarray, step: int) -> None:
        """As `Board`."""
        self._run.log({name: self._wandb.Image(picture)}, step=step)

    def sound(self, name: str, wave: np.ndarray, rate: int, step: int) -> None:
        """As `Board`."""
        self._run.log({name: self._wandb.Audio(wave, sample_rate=rate)}, step=step)

    def close(self) -> None:
        """Ends the run."""
        self._run.finish()
