"""The latents of pictures: what the autoencoder of a latent diffusion model makes of them, by diffusers."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from faceshards.errors import StageError
from faceshards.models.nets.quiet import quiet_torch

# Pictures at a time: one shape, so that a row's result does not depend on its company.
_BATCH = 4


class Autoencoder:
    """An `AutoencoderKL` in a folder as diffusers saves it. Raises StageError for a folder without one."""

    def __init__(self, folder: Path, device: str = "cpu") -> None:
        torch, _ = quiet_torch()
        library: Any = import_module("diffusers")
        library.utils.logging.set_verbosity_error()
        own = {"torch_dtype": torch.float32, "local_files_only": True, "use_safetensors": True}
        try:
            self._vae: Any = library.AutoencoderKL.from_pretrained(folder, **own).to(device).eval()
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise StageError(f"{folder} holds no AutoencoderKL: {' '.join(str(error).split()):.200}") from error
        config = self._vae.config
        self._torch, self._device = torch, device
        self._scale, self._shift = config.scaling_factor, getattr(config, "shift_factor", None) or 0.0
        #: Pixels of a picture that become one of its latents, along each side.
        self.step = 2 ** (len(config.block_out_channels) - 1)

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures uint8 (n, H, W, 3) RGB -> float16 (n, C, H / step, W / step): the mean of each one's distribution,
        not a draw from it, less the model's shift and times its scaling factor. What goes beyond a multiple of `step`
        on the right and below is left out.
        """
        height, width = (side // self.step * self.step for side in pictures.shape[1:3])
        made = [
            self._some(pictures[start : start + _BATCH, :height, :width]) for start in range(0, len(pictures), _BATCH)
        ]
        return np.concatenate(made)

    def _some(self, pictures: np.ndarray) -> np.ndarray:
        short = _BATCH - len(pictures)
        full = np.concatenate([pictures, np.repeat(pictures[-1:], short, axis=0)]) if short else pictures
        torch = self._torch
        with torch.inference_mode():
            values = (
                torch.from_numpy(np.ascontiguousarray(full)).to(self._device).permute(0, 3, 1, 2).float() / 127.5 - 1
            )
            means = self._vae.encode(values).latent_dist.mode()
            scaled = (means - self._shift) * self._scale
        return scaled[: len(pictures)].cpu().numpy().astype(np.float16)
