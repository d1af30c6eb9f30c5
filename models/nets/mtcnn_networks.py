"""The three networks of MTCNN (Zhang et al. 2016, arXiv 1604.02878) in torch, on the weights of the mtcnn package.

The package keeps each network as the list of arrays that Keras' `get_weights` gives, pickled by joblib inside lz4.
Two things differ from a plain port and are easy to miss, for faces are found all the same: the pictures are RGB, and
Keras swaps the two picture axes before it flattens, so that a flat row runs over (width, height, channel).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from faceshards.errors import WeightsError
from faceshards.models.weights import registry
from faceshards.shards.pickles.unpickle import load_arrays

Arrays = list[np.ndarray]


@dataclass(frozen=True)
class MtcnnWeights:
    """The arrays of the three networks, in Keras' order and layout."""

    proposal: Arrays
    refinement: Arrays
    output: Arrays

    @classmethod
    def load(cls) -> MtcnnWeights:
        """Read the three checked files. WeightsError when one is absent or not the one that was named."""
        return cls(*(_arrays(f"mtcnn_{net}") for net in ("pnet", "rnet", "onet")))


def _arrays(name: str) -> Arrays:
    import lz4.frame

    arrays = load_arrays(lz4.frame.decompress(registry.read(name)))
    if not isinstance(arrays, list) or not all(isinstance(array, np.ndarray) for array in arrays):
        raise WeightsError(f"weights {name} must be a list of arrays, got {type(arrays).__name__}")
    return arrays


def _convolutions(*blocks: tuple[int, int, int, nn.Module | None]) -> nn.Sequential:
    """Blocks of (channels in, channels out, kernel size, pooling): convolution, PReLU, pooling."""
    layers: list[nn.Module] = []
    for channels, out, kernel, pool in blocks:
        layers += [nn.Conv2d(channels, out, kernel), nn.PReLU(out)] + ([pool] if pool is not None else [])
    return nn.Sequential(*layers)


def _pool(size: int, *, same: bool) -> nn.MaxPool2d:
    """Max pooling by 2. Keras' "same" padding adds a row and column at the far side only: torch's ceil_mode."""
    return nn.MaxPool2d(size, 2, ceil_mode=same)


class ProposalNet(nn.Module):
    """P-Net: pictures (B, 3, H, W) -> face probability (B, H', W') and box offsets (B, 4, H', W').

    Each cell sees a window of 12 x 12 pixels; windows are 2 pixels apart.
    """

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.body = _convolutions((3, 10, 3, _pool(2, same=True)), (10, 16, 3, None), (16, 32, 3, None))
        self.offsets = nn.Conv2d(32, 4, 1)
        self.face = nn.Conv2d(32, 2, 1)
        _fill(self, arrays)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        hidden = self.body(pictures)
        return self.face(hidden).softmax(1)[:, 1], self.offsets(hidden)


class RefinementNet(nn.Module):
    """R-Net: crops (B, 3, 24, 24) -> face probability (B,) and box offsets (B, 4)."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.body = _convolutions((3, 28, 3, _pool(3, same=True)), (28, 48, 3, _pool(3, same=False)), (48, 64, 2, None))
        self.dense = nn.Sequential(nn.Linear(64 * 3 * 3, 128), nn.PReLU(128))
        self.offsets = nn.Linear(128, 4)
        self.face = nn.Linear(128, 2)
        _fill(self, arrays)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        hidden = self.dense(_flat(self.body(crops)))
        return self.face(hidden).softmax(1)[:, 1], self.offsets(hidden)


class OutputNet(nn.Module):
    """O-Net: crops (B, 3, 48, 48) -> face probability (B,), box offsets (B, 4) and points (B, 10): 5 x, then 5 y.

    Points are in widths and heights of the crop, from its upper left corner.
    """

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.body = _convolutions(
            (3, 32, 3, _pool(3, same=True)),
            (32, 64, 3, _pool(3, same=False)),
            (64, 64, 3, _pool(2, same=True)),
            (64, 128, 2, None),
        )
        self.dense = nn.Sequential(nn.Linear(128 * 3 * 3, 256), nn.PReLU(256))
        self.offsets = nn.Linear(256, 4)
        self.points = nn.Linear(256, 10)
        self.face = nn.Linear(256, 2)
        _fill(self, arrays)

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        hidden = self.dense(_flat(self.body(crops)))
        return self.face(hidden).softmax(1)[:, 1], self.offsets(hidden), self.points(hidden)


def _flat(maps: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, W * H * C), the order in which the dense weights were trained."""
    return maps.permute(0, 3, 2, 1).flatten(1)


def _fill(net: nn.Module, arrays: Arrays) -> None:
    """Copy Keras' arrays into the parameters, which stand in the same order. WeightsError when one does not fit."""
    parameters = list(net.parameters())
    if len(parameters) != len(arrays):
        raise WeightsError(f"{type(net).__name__} has {len(parameters)} arrays, got {len(arrays)}")
    for parameter, array in zip(parameters, arrays, strict=True):
        values = torch.from_numpy(np.ascontiguousarray(_torch_layout(array), np.float32))
        if values.shape != parameter.shape:
            raise WeightsError(f"{type(net).__name__}: array {array.shape} does not fit {tuple(parameter.shape)}")
        parameter.data.copy_(values)
        parameter.requires_grad_(False)


def _torch_layout(array: np.ndarray) -> np.ndarray:
    """Keras -> torch: kernels HWIO -> OIHW, dense (in, out) -> (out, in), PReLU slopes (1, 1, C) -> (C,)."""
    if array.ndim == 4:
        return array.transpose(3, 2, 0, 1)
    return array.T if array.ndim == 2 else array.reshape(-1)
