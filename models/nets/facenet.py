"""FaceNet: a face becomes 1792 numbers (Schroff et al. 2015, arXiv 1503.03832), on an Inception-ResNet v1.

The network of Szegedy et al. 2016 (arXiv 1602.07261), with the sizes of David Sandberg's facenet, whose weights
keras-facenet publishes as `facenet_keras.h5`. Modules are named so that a path with _ for its dots is the name of the
Keras layer. It ends where speech_separation takes its numbers, at the mean over the last maps (`AvgPool`), before
dropout and bottleneck.

Files of keras-facenet from before 23 February 2018 were computed without the blocks' shortcuts (its issue 3); their
weights are the same, and here they are run as the network was trained.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

#: The side of a face, in pixels, and how many numbers it becomes.
SIDE, NUMBERS = 160, 1792

#: A convolution: name, channels, kernel (height, width), stride. One with a stride of 2 is not padded.
_Layer = tuple[str, int, tuple[int, int], int]


def _branch(*layers: tuple[str, int] | tuple[str, int, int]) -> tuple[_Layer, ...]:
    """Convolutions whose names end in their kernels, `Conv2d_0b_1x7`."""
    sized = []
    for name, channels, *stride in layers:
        height, width = name.rpartition("_")[2].split("x")
        sized.append((name, channels, (int(height), int(width)), stride[0] if stride else 1))
    return tuple(sized)


_BLOCK35 = (
    _branch(("Conv2d_1x1", 32)),
    _branch(("Conv2d_0a_1x1", 32), ("Conv2d_0b_3x3", 32)),
    _branch(("Conv2d_0a_1x1", 32), ("Conv2d_0b_3x3", 32), ("Conv2d_0c_3x3", 32)),
)
_BLOCK17 = (
    _branch(("Conv2d_1x1", 128)),
    _branch(("Conv2d_0a_1x1", 128), ("Conv2d_0b_1x7", 128), ("Conv2d_0c_7x1", 128)),
)
_BLOCK8 = (
    _branch(("Conv2d_1x1", 192)),
    _branch(("Conv2d_0a_1x1", 192), ("Conv2d_0b_1x3", 192), ("Conv2d_0c_3x1", 192)),
)
_MIXED_6A = (
    _branch(("Conv2d_1a_3x3", 384, 2)),
    _branch(("Conv2d_0a_1x1", 192), ("Conv2d_0b_3x3", 192), ("Conv2d_1a_3x3", 256, 2)),
)
_MIXED_7A = (
    _branch(("Conv2d_0a_1x1", 256), ("Conv2d_1a_3x3", 384, 2)),
    _branch(("Conv2d_0a_1x1", 256), ("Conv2d_1a_3x3", 256, 2)),
    _branch(("Conv2d_0a_1x1", 256), ("Conv2d_0b_3x3", 256), ("Conv2d_1a_3x3", 256, 2)),
)


class InceptionResNetV1(nn.Sequential):
    """Faces float32 (B, 3, 160, 160), RGB as it is, 0..255, -> float32 (B, 1792), not negative but for the last block,
    which has no ReLU, not of length 1. speech_separation feeds it so; David Sandberg's own feed is whitened.
    """

    def __init__(self) -> None:
        super().__init__(OrderedDict([*_stem(), *_blocks()]))

    def forward(self, faces: Tensor) -> Tensor:
        """See the class."""
        return super().forward(faces).mean(dim=(2, 3))


class _Residual(nn.Module):
    """Branches side by side, joined by `Conv2d_1x1`, times `scale`, added to what came in."""

    def __init__(self, channels: int, branches: Sequence[Sequence[_Layer]], scale: float, *, last: bool) -> None:
        super().__init__()
        self.scale, self.last = scale, last
        self.branches = _add_branches(self, channels, branches)
        self.Conv2d_1x1 = nn.Conv2d(sum(layers[-1][1] for layers in branches), channels, 1)

    def forward(self, maps: Tensor) -> Tensor:
        mixed = torch.cat([self.get_submodule(name)(maps) for name in self.branches], dim=1)
        added = maps + self.scale * self.Conv2d_1x1(mixed)
        return added if self.last else added.relu()


class _Reduction(nn.Module):
    """Branches side by side, and the maximum of 3 x 3 beside them, each half as large as what came in."""

    def __init__(self, channels: int, branches: Sequence[Sequence[_Layer]]) -> None:
        super().__init__()
        self.branches = _add_branches(self, channels, branches)
        self.pool = nn.MaxPool2d(3, 2)

    def forward(self, maps: Tensor) -> Tensor:
        return torch.cat([*(self.get_submodule(name)(maps) for name in self.branches), self.pool(maps)], dim=1)


def _add_branches(module: nn.Module, channels: int, branches: Iterable[Sequence[_Layer]]) -> list[str]:
    names = []
    for number, layers in enumerate(branches):
        names.append(f"Branch_{number}")
        module.add_module(names[-1], nn.Sequential(OrderedDict(_convolutions(channels, layers))))
    return names


def _convolutions(channels: int, layers: Iterable[_Layer], padded: bool = True) -> Iterable[tuple[str, nn.Module]]:
    """Convolution without bias, batch norm (epsilon 0.001, as in Keras), ReLU."""
    for name, out, kernel, stride in layers:
        padding = (kernel[0] // 2, kernel[1] // 2) if padded and stride == 1 else 0
        convolution = nn.Conv2d(channels, out, kernel, stride, padding, bias=False)
        yield name, nn.Sequential(convolution, nn.BatchNorm2d(out, eps=1e-3), nn.ReLU())
        channels = out


def _stem() -> Iterable[tuple[str, nn.Module]]:
    """160 x 160 to 17 x 17 maps of 256 channels."""
    yield from _convolutions(3, _branch(("Conv2d_1a_3x3", 32, 2), ("Conv2d_2a_3x3", 32)), padded=False)
    yield from _convolutions(32, _branch(("Conv2d_2b_3x3", 64)))
    yield "MaxPool_3a_3x3", nn.MaxPool2d(3, 2)
    last = _branch(("Conv2d_3b_1x1", 80), ("Conv2d_4a_3x3", 192), ("Conv2d_4b_3x3", 256, 2))
    yield from _convolutions(64, last, padded=False)


def _blocks() -> Iterable[tuple[str, nn.Module]]:
    """17 x 17 maps of 256 channels to 8 x 8 of 896, to 3 x 3 of 1792."""
    for number in range(1, 6):
        yield f"Block35_{number}", _Residual(256, _BLOCK35, 0.17, last=False)
    yield "Mixed_6a", _Reduction(256, _MIXED_6A)
    for number in range(1, 11):
        yield f"Block17_{number}", _Residual(896, _BLOCK17, 0.1, last=False)
    yield "Mixed_7a", _Reduction(896, _MIXED_7A)
    for number in range(1, 6):
        yield f"Block8_{number}", _Residual(1792, _BLOCK8, 0.2, last=False)
    yield "Block8_6", _Residual(1792, _BLOCK8, 1.0, last=True)
