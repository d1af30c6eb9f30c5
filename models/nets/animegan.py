"""The generator of AnimeGANv2 (Chen, Liu and Chen 2019) in the layout of its PyTorch weights (bryandlee,
animegan2-pytorch): `celeba_distill.pt`, `face_paint_512_v1.pt`, `face_paint_512_v2.pt`, `paprika.pt`.
"""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from faceshards.errors import StageError
from faceshards.models.device import torch_device
from faceshards.models.sessions.style_net import ANIMEGAN2

#: How many numbers a file of weights has: 8.57 MB.
PARAMETERS = 2_143_552


def _layer(into: int, out: int, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """A convolution on mirrored edges, normalised over all of a picture, so that pictures of a batch are each alone. Of
    stride 2 it pads right and below; only one by channels has a bias.
    """
    half = kernel // 2
    pad = (0, 1, 0, 1) if stride == 2 else (half, half, half, half)
    conv = nn.Conv2d(into, out, kernel, stride, groups=groups, bias=groups > 1)
    return nn.Sequential(nn.ReflectionPad2d(pad), conv, nn.GroupNorm(1, out), nn.LeakyReLU(0.2))


class _Residual(nn.Module):
    """An inverted residual of twice the width within (Sandler et al. 2018)."""

    def __init__(self, into: int, out: int) -> None:
        super().__init__()
        wide = 2 * into
        narrow = (nn.Conv2d(wide, out, 1, bias=False), nn.GroupNorm(1, out))
        self.layers = nn.Sequential(_layer(into, wide, 1), _layer(wide, wide, groups=wide), *narrow)
        self._adds = into == out

    def forward(self, values: Tensor) -> Tensor:
        made: Tensor = self.layers(values)
        return values + made if self._adds else made


class AnimeGan(nn.Module):
    """Pictures, float32 (n, 3, H, W) RGB -1..1, drawn: the same, sides being multiples of 4.

    Twice it enlarges with corners aligned, as `forward` does where nothing is said and so `face2paint`; the authors'
    `test.py` says otherwise, and draws by a fraction of a pixel elsewhere.
    """

    def __init__(self) -> None:
        super().__init__()
        self.block_a = nn.Sequential(_layer(3, 32, 7), _layer(32, 64, stride=2), _layer(64, 64))
        self.block_b = nn.Sequential(_layer(64, 128, stride=2), _layer(128, 128))
        inner = (_Residual(128, 256), *(_Residual(256, 256) for _ in range(3)))
        self.block_c = nn.Sequential(_layer(128, 128), *inner, _layer(256, 128))
        self.block_d = nn.Sequential(_layer(128, 128), _layer(128, 128))
        self.block_e = nn.Sequential(_layer(128, 64), _layer(64, 64), _layer(64, 32, 7))
        self.out_layer = nn.Sequential(nn.Conv2d(32, 3, 1, bias=False), nn.Tanh())
        self.eval()

    def forward(self, pictures: Tensor) -> Tensor:
        half = self.block_a(pictures)
        deep = self.block_c(self.block_b(half))
        wide = self.block_d(_enlarged(deep, half))
        drawn: Tensor = self.out_layer(self.block_e(_enlarged(wide, pictures)))
        return drawn


def _enlarged(values: Tensor, like: Tensor) -> Tensor:
    return interpolate(values, like.shape[-2:], mode="bilinear", align_corners=True)


class AnimeGanNet:
    """The generator on a file of weights, drawing `batch` squares of `side` pixels at a time. Raises StageError for a
    file that holds other tensors than its, and for a side that is no multiple of 32.
    """

    def __init__(self, weights: Path, batch: int, side: int, device: str = "cpu") -> None:
        if side < 32 or side % 32:
            raise StageError(f"side must be a multiple of 32 pixels for {weights.name}, got {side}")
        self.batch, self.size, self._device = batch, (side, side), torch_device(device)
        self._net = AnimeGan()
        try:
            self._net.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except (RuntimeError, UnpicklingError, TypeError, AttributeError, EOFError) as error:
            said = " ".join(str(error).split())
            raise StageError(f"{weights} does not hold the weights of AnimeGANv2's generator: {said:.200}") from error
        self._net.to(self._device)

    @torch.inference_mode()
    def run(self, pictures: np.ndarray) -> tuple[np.ndarray]:
        """Pictures, uint8 (batch, side, side, 3) RGB, drawn: the same. Raises ValueError for NaN and infinity."""
        values = torch.from_numpy(ANIMEGAN2.told(pictures).transpose(0, 3, 1, 2)).to(self._device)
        drawn = self._net(values).cpu().numpy()
        return (ANIMEGAN2.shown(drawn.transpose(0, 2, 3, 1)),)
