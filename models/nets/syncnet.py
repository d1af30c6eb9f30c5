"""SyncNet: do lips and sound belong together, by how near 0.2 s of each are (Chung and Zisserman 2016, "Out of time").

Names and shapes are those of the authors' state dict `syncnet_v2.model` (github.com/joonson/syncnet_python).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import WeightsError

#: Pictures a second; pictures of a window, and rows of MFCC of it, four a picture; how many numbers a window becomes.
RATE, FRAMES, ROWS, NUMBERS = 25, 5, 20, 1024
#: So many pictures the sound is shifted to either side.
SHIFT = 15

#: Numbers of a convolution, and of the pooling behind it where there is one.
_Layers = Sequence[tuple[tuple[Any, ...], tuple[Any, ...] | None]]
# Channels in and out, kernel, stride and padding of each convolution; and kernel, stride and padding of the pooling
# behind it.
_SOUND: _Layers = (
    ((1, 64, (3, 3), (1, 1), (1, 1)), ((1, 1), (1, 1), (0, 0))),
    ((64, 192, (3, 3), (1, 1), (1, 1)), ((3, 3), (1, 2), (0, 0))),
    ((192, 384, (3, 3), (1, 1), (1, 1)), None),
    ((384, 256, (3, 3), (1, 1), (1, 1)), None),
    ((256, 256, (3, 3), (1, 1), (1, 1)), ((3, 3), (2, 2), (0, 0))),
    ((256, 512, (5, 4), (1, 1), (0, 0)), None),
)
_LIPS: _Layers = (
    ((3, 96, (5, 7, 7), (1, 2, 2), (0, 0, 0)), ((1, 3, 3), (1, 2, 2), (0, 0, 0))),
    ((96, 256, (1, 5, 5), (1, 2, 2), (0, 1, 1)), ((1, 3, 3), (1, 2, 2), (0, 1, 1))),
    ((256, 256, (1, 3, 3), (1, 1, 1), (0, 1, 1)), None),
    ((256, 256, (1, 3, 3), (1, 1, 1), (0, 1, 1)), None),
    ((256, 256, (1, 3, 3), (1, 1, 1), (0, 1, 1)), ((1, 3, 3), (1, 2, 2), (0, 0, 0))),
    ((256, 512, (1, 6, 6), (1, 1, 1), (0, 0, 0)), None),
)


class SyncNet(nn.Module):
    """Windows of lips and of sound -> 1024 numbers each, near where they belong together."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud, self.netfcaud = _convolutions(_SOUND), _dense()
        self.netcnnlip, self.netfclip = _convolutions(_LIPS), _dense()

    @torch.inference_mode()
    def lips(self, windows: np.ndarray) -> tuple[np.ndarray]:
        """Of pictures at 25 a second, uint8 (n, 5, 224, 224, 3) RGB, seen blue first and 0..255: float32 (n, 1024)."""
        blue_first = torch.from_numpy(np.ascontiguousarray(windows[..., ::-1])).permute(0, 4, 1, 2, 3)
        return (_finite(self.netfclip(self.netcnnlip(blue_first.float().contiguous()).flatten(1))),)

    @torch.inference_mode()
    def sound(self, windows: np.ndarray) -> tuple[np.ndarray]:
        """Of MFCC, float32 (n, 20, 13), a row every 10 ms: float32 (n, 1024)."""
        rows = torch.from_numpy(np.ascontiguousarray(windows, np.float32)).transpose(1, 2)[:, None]
        return (_finite(self.netfcaud(self.netcnnaud(rows.contiguous()).flatten(1))),)


def load_syncnet(path: Path) -> SyncNet:
    """The network of a checked state dict. Raises WeightsError where the file is none, or another network's."""
    torch.set_num_threads(1)  # parallelism is workers; and a sum split otherwise has other last digits
    net = SyncNet()
    try:
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    except Exception as error:  # of torch's unpickler: it promises no type
        said = " ".join(str(error).split())
        raise WeightsError(f"{path} is no SyncNet: it must be the authors' state dict ({said:.120})") from error
    return net.eval().requires_grad_(False)


def distances(lips: np.ndarray, sound: np.ndarray) -> np.ndarray:
    """Mean distance of lips (n, 1024) and the sound (n, 1024) that begins so many windows later, -15 to 15: float32
    (31,). Beyond its ends the sound is all zeros, and each number is 1e-6 off, as in the authors' `calc_pdist`.
    """
    around = np.pad(sound, ((SHIFT, SHIFT), (0, 0)))
    shifted = (around[start : start + len(lips)] for start in range(2 * SHIFT + 1))
    return np.array([np.linalg.norm(lips - one + 1e-6, axis=1).mean() for one in shifted], np.float32)


def offset_of(found: np.ndarray) -> tuple[int, float]:
    """How many pictures the sound comes too early, -15 to 15, and how sure that is, by `distances` (31,): 15 less the
    place of the least, and the median less the least.
    """
    return SHIFT - int(found.argmin()), float(np.median(found) - found.min())


def _convolutions(layers: _Layers) -> nn.Sequential:
    made: list[nn.Module] = []
    for (channels, out, kernel, stride, padding), pool in layers:
        if len(kernel) == 3:
            made += [nn.Conv3d(channels, out, kernel, stride, padding), nn.BatchNorm3d(out), nn.ReLU()]
            made += [nn.MaxPool3d(*pool)] if pool else []
        else:
            made += [nn.Conv2d(channels, out, kernel, stride, padding), nn.BatchNorm2d(out), nn.ReLU()]
            made += [nn.MaxPool2d(*pool)] if pool else []
    return nn.Sequential(*made)


def _dense() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, NUMBERS))


def _finite(found: Tensor) -> np.ndarray:
    values = found.numpy()
    if not np.isfinite(values).all():
        raise ValueError("the network that watches lips returned NaN or infinity")
    return values
