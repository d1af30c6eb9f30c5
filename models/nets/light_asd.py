"""Light-ASD: does this face speak this sound (Liao et al. 2023, arXiv 2303.04439), frame by frame.

Names and shapes are those of the authors' state dicts (github.com/Junhua-Liao/Light-ASD, MIT).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import WeightsError

#: Pictures a second, sides of a picture in pixels, and rows of MFCC a picture.
RATE, SIDE, STEPS = 25, 112, 4
#: Lengths in seconds of the spans that a sound is cut into, one after the other, and how often each counts
#: (`Columbia_test.py`; there the list stands in a set, in which every length counts once).
SPANS: Mapping[int, int] = {1: 3, 2: 3, 3: 2, 4: 1, 5: 1, 6: 1}
#: Seconds behind which spans of all these lengths begin anew.
ROUND = math.lcm(*SPANS)

_CHANNELS = (32, 64, 128)
# Mean and spread of the grey pictures of the training set, of 0..1.
_MEAN, _SPREAD = 0.4161, 0.1688


class LightAsd(nn.Module):
    """Grey pictures uint8 (T, 112, 112) of a face and MFCC float32 (4 T, 13) of the sound -> scores (T,): above 0 it
    speaks.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.ModuleDict({"visualEncoder": _VisualEncoder(), "audioEncoder": _AudioEncoder(), "GRU": _Gru()})
        self.lossAV = nn.ModuleDict({"FC": nn.Linear(_CHANNELS[-1], 2)})

    def forward(self, pictures: Tensor, sound: Tensor) -> Tensor:
        """Scores (B, T) of float32 pictures (B, T, 112, 112), 0..255, and MFCC (B, 4 T, 13)."""
        seen = self.model["visualEncoder"]((pictures[:, None] / 255 - _MEAN) / _SPREAD)
        heard = self.model["audioEncoder"](sound[:, None].transpose(2, 3))
        return self.lossAV["FC"](self.model["GRU"](heard + seen))[..., 1]

    @torch.inference_mode()
    def scores(self, pictures: np.ndarray, sound: np.ndarray) -> np.ndarray:
        """Mean score of each picture over the spans that it is in, float32 (T,), of uint8 (T, 112, 112) at 25 a second
        and MFCC (4 T, 13).
        """
        seen, heard = torch.from_numpy(pictures).float(), torch.from_numpy(sound)
        total = np.zeros(len(pictures), np.float64)
        found: dict[tuple[int, int], np.ndarray] = {}
        for seconds, weight in SPANS.items():
            for start in range(0, len(pictures), seconds * RATE):
                span = start, min(start + seconds * RATE, len(pictures))
                if span not in found:  # a short rest is the rest of several lengths
                    part = heard[start * STEPS : span[1] * STEPS]
                    found[span] = self(seen[None, slice(*span)], part[None])[0].numpy()
                total[slice(*span)] += weight * found[span]
        return (total / sum(SPANS.values())).astype(np.float32)


def load_light_asd(path: Path) -> LightAsd:
    """The network of a checked state dict. Raises WeightsError where the file is none, or another network's."""
    torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
    net = LightAsd()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        net.load_state_dict({name: value for name, value in state.items() if not name.startswith("lossV.")})
    except Exception as error:  # of torch's unpickler: it promises no type
        said = " ".join(str(error).split())
        raise WeightsError(f"{path} is no Light-ASD: it must be the authors' state dict ({said:.120})") from error
    return net.eval().requires_grad_(False)


class _Branches(nn.Module):
    """Two branches that reach 3 and 5 far, each first across the picture (or the MFCC), then over time; their sum,
    mixed. `kernels`: of a reach, the kernels across and over time.
    """

    def __init__(
        self,
        first: str,
        kernels: Mapping[int, tuple[tuple[int, ...], tuple[int, ...]]],
        channels: int,
        out: int,
        stride: tuple[int, ...],
    ) -> None:
        super().__init__()
        convolution: type[nn.Module] = nn.Conv3d if len(stride) == 3 else nn.Conv2d
        norm: type[nn.Module] = nn.BatchNorm3d if len(stride) == 3 else nn.BatchNorm2d
        self._names = [(f"{first}_{reach}", f"t_{reach}") for reach in kernels]
        for (across, time), (wide, long) in zip(self._names, kernels.values(), strict=True):
            self.add_module(across, convolution(channels, out, wide, stride, _half(wide), bias=False))
            self.add_module(time, convolution(out, out, long, 1, _half(long), bias=False))
        self.add_module("last", convolution(out, out, 1, bias=False))
        for name in [*self._modules]:
            self.add_module(f"bn_{name}", norm(out, eps=1e-3))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        branches = [self._step(time, self._step(across, x)) for across, time in self._names]
        return self._step("last", branches[0] + branches[1])

    def _step(self, name: str, x: Tensor) -> Tensor:
        return torch.relu(self.get_submodule(f"bn_{name}")(self.get_submodule(name)(x)))


def _half(kernel: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(side // 2 for side in kernel)


class _VisualEncoder(nn.Module):
    """Pictures (B, 1, T, H, W) -> (B, T, 128): the strongest answer anywhere in the picture."""

    def __init__(self) -> None:
        super().__init__()
        kernels = {reach: ((1, reach, reach), (reach, 1, 1)) for reach in (3, 5)}
        for number, (channels, out) in enumerate(zip((1, *_CHANNELS), _CHANNELS, strict=False), 1):
            side = 2 if number == 1 else 1
            self.add_module(f"block{number}", _Branches("s", kernels, channels, out, (1, side, side)))
        self.pool = nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        for block in ("block1", "block2"):
            x = self.pool(self.get_submodule(block)(x))
        return self.get_submodule("block3")(x).amax(dim=(3, 4)).transpose(1, 2)


class _AudioEncoder(nn.Module):
    """MFCC (B, 1, 13, 4 T) -> (B, T, 128): the mean over the coefficients."""

    def __init__(self) -> None:
        super().__init__()
        kernels = {reach: ((reach, 1), (1, reach)) for reach in (3, 5)}
        for number, (channels, out) in enumerate(zip((1, *_CHANNELS), _CHANNELS, strict=False), 1):
            self.add_module(f"block{number}", _Branches("m", kernels, channels, out, (1, 1)))
        self.pool = nn.MaxPool2d((1, 3), (1, 2), (0, 1))

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        for block in ("block1", "block2"):
            x = self.pool(self.get_submodule(block)(x))
        return self.get_submodule("block3")(x).mean(dim=2).transpose(1, 2)


class _Gru(nn.Module):
    """(B, T, 128) -> the same shape: what was before each moment, and, of that, what comes after it."""

    def __init__(self) -> None:
        super().__init__()
        self.gru_forward = nn.GRU(_CHANNELS[-1], _CHANNELS[-1], batch_first=True)
        self.gru_backward = nn.GRU(_CHANNELS[-1], _CHANNELS[-1], batch_first=True)

    def forward(self, x: Tensor) -> Tensor:
        """See the class."""
        ahead = nn.functional.gelu(self.gru_forward(x)[0])
        return nn.functional.gelu(self.gru_backward(ahead.flip(1))[0].flip(1))
