"""Stable-diffusion pipelines that draw a picture anew from a noisy copy of it (SDEdit: Meng et al. 2022), by diffusers.

SDXL-Turbo (Sauer et al. 2023) wants no guidance, and few steps: of `steps` the share `strength` is run, the last ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.device import torch_device


@dataclass(frozen=True)
class Drawing:
    """What is drawn and how far from the picture: `strength` above 0 to 1, of `steps`; `guidance` 0 is none."""

    prompt: str
    strength: float
    steps: int
    guidance: float


class ImageToImage:
    """The pipeline in a folder in the layout of diffusers, drawing `batch` squares of `side` pixels at a time: in half
    precision on a GPU, from its fp16 files where it has such. Raises StageError for a folder that holds none, and for a
    side that it cannot have.
    """

    def __init__(self, folder: Path, drawing: Drawing, batch: int, side: int, device: str = "cpu") -> None:
        if side < 64 or side % 64:
            raise StageError(f"side must be a multiple of 64 pixels for a diffusion network, got {side}")
        torch: Any = import_module("torch")
        library: Any = import_module("diffusers")
        torch_device(device)
        self.batch, self.size, self._drawing, self._torch = batch, (side, side), drawing, torch
        library.utils.logging.set_verbosity_error()  # that it is without accelerate
        library.utils.logging.disable_progress_bar()
        import_module("transformers").utils.logging.disable_progress_bar()
        half = {"variant": "fp16"} if any(folder.rglob("*.fp16.safetensors")) else {}
        try:
            self._pipeline: Any = library.AutoPipelineForImage2Image.from_pretrained(
                folder,
                torch_dtype=torch.float32 if device == "cpu" else torch.float16,
                local_files_only=True,
                use_safetensors=True,  # the other kind is a pickle
                **half,
            ).to(device)
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            said = " ".join(str(error).split())
            raise StageError(f"{folder} holds no image-to-image pipeline of diffusers: {said:.200}") from error
        self._pipeline.set_progress_bar_config(disable=True)

    def run(self, pictures: np.ndarray, seeds: np.ndarray) -> tuple[np.ndarray]:
        """Pictures, uint8 (batch, side, side, 3) RGB, drawn: the same. Noise comes of each row's own seed, (batch,)."""
        from PIL import Image

        count, how = len(pictures), self._drawing
        noise = [self._torch.Generator("cpu").manual_seed(int(seed)) for seed in seeds]
        drawn: Sequence[Any] = self._pipeline(
            prompt=[how.prompt] * count,
            image=[Image.fromarray(one) for one in pictures],
            strength=how.strength,
            num_inference_steps=how.steps,
            guidance_scale=how.guidance,
            generator=noise,
            output_type="pil",
        ).images
        return (np.stack([np.asarray(one) for one in drawn]),)
