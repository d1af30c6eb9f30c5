"""Separator: a mixture of voices and the faces of its speakers become a mask for each voice.

The audio-visual network of bill9800's speech_separation (`model_AV_new.py`, MIT), after Ephrat et al. 2018, Looking to
Listen at the Cocktail Party (arXiv 1804.03619), layer for layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceshards.errors import StageError
from faceshards.models.nets.width import scaled

#: Frames and frequencies of a mixture's spectrum, real and imaginary part; frames of a face's embeddings.
MIXTURE, FACES = (298, 257, 2), 75

# Keeps the power of silence finite.
_TINY = 1e-8

#: (time, frequency) of a kernel, and of its dilation.
Kernel = tuple[tuple[int, int], tuple[int, int]]

#: Kernels and dilations, time by frequency, of the audio stream's 96-channel layers; a 1 x 1 of 8 channels follows.
_AUDIO: tuple[Kernel, ...] = (
    ((1, 7), (1, 1)),
    ((7, 1), (1, 1)),
    *(((5, 5), (2**power, 1)) for power in range(6)),
    *(((5, 5), (2**power, 2**power)) for power in range(6)),
)
#: Kernels and dilations in time of the visual stream's 256-channel layers.
_VISUAL = ((7, 1), *((5, 2**power) for power in range(5)))


class Separator(nn.Module):
    """Mixtures float32 (B, 298, 257, 2) and embeddings float32 (B, 75, 1, E, n) of n speakers -> compressed complex
    ratio masks (B, 298, 257, 2, n), in the speakers' order.

    `speakers` and `embedding` are n and E (FaceNet's 1792). `width` multiplies the channels of the two streams, `joint`
    those behind them (by default as `width`): 1 is the published size. `power`: what the magnitudes of the mixture are
    raised to before the first layer, their phases kept: 1, as published, or 0.3, as Ephrat et al. have it, with which
    thin networks learn sooner: most of a spectrum is small.
    Mixtures and faces of another length are accepted. Two things are torch's and not Keras 2's: the recurrent gates are
    true sigmoids, and each has two biases.
    """

    def __init__(
        self,
        width: float = 1.0,
        speakers: int = 2,
        embedding: int = 1792,
        joint: float | None = None,
        power: float = 1.0,
    ) -> None:
        super().__init__()
        if not 0 < power <= 1:
            raise StageError(f"power must be above 0 and at most 1, got {power}")
        if speakers < 2:
            raise StageError(f"a separator needs at least 2 speakers, got {speakers}")
        self.speakers, self.power = speakers, power
        channels, narrow, seen = scaled(96, width), scaled(8, width), scaled(256, width)
        joint = width if joint is None else joint
        heard, hidden, recurrent = MIXTURE[1] * narrow, scaled(600, joint), scaled(400, joint)
        self.audio = nn.Sequential(*_stack(2, channels, _AUDIO), _layer(channels, narrow, (1, 1), (1, 1)))
        self.visual = nn.Sequential(*_stack(embedding, seen, [((k, 1), (d, 1)) for k, d in _VISUAL]))
        self.recurrent = nn.LSTM(heard + speakers * seen, recurrent, batch_first=True, bidirectional=True)
        sizes = (recurrent, hidden, hidden, hidden)
        self.dense = nn.Sequential(*(nn.Sequential(nn.Linear(size, out), nn.ReLU()) for size, out in pairwise(sizes)))
        self.masks = nn.Linear(hidden, MIXTURE[1] * MIXTURE[2] * speakers)

    def forward(self, mixtures: Tensor, faces: Tensor) -> Tensor:
        """See the class."""
        return self.told(self.hear(mixtures), faces)

    def told(self, heard: Tensor, faces: Tensor) -> Tensor:
        """Whose is what, of mixtures that are `hear`d already, (B, T, 2056), and their faces: the masks."""
        # Batch norm is of the faces of all speakers together: of one place alone it would be of a few persons, and
        # two rows of one person would have no face left at all.
        seen = self.see(torch.cat(faces.unbind(-1)), heard.shape[1]).unflatten(0, (self.speakers, -1)).unbind()
        joined, _ = self.recurrent(torch.cat([heard, *seen], dim=2))
        both = joined.unflatten(2, (2, -1)).sum(2)
        return self.masks(self.dense(both)).unflatten(2, (*MIXTURE[1:], self.speakers))

    def hear(self, mixtures: Tensor) -> Tensor:
        """The audio stream: (B, T, 257, 2) -> (B, T, 2056), frequencies of 8 channels each."""
        if self.power != 1:
            sizes = mixtures.square().sum(-1, keepdim=True)
            mixtures = mixtures * (sizes + _TINY) ** ((self.power - 1) / 2)
        return self.audio(mixtures.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(2)

    def see(self, faces: Tensor, frames: int) -> Tensor:
        """The visual stream, the same for each speaker: (B, 75, 1, E) -> (B, frames, 256), stretched from end to end:
        bilinear with corners aligned.
        """
        stream = self.visual(faces.permute(0, 3, 1, 2)).squeeze(3)
        return F.interpolate(stream, frames, mode="linear", align_corners=True).transpose(1, 2)


def _stack(channels: int, out: int, kernels: Sequence[Kernel]) -> list[nn.Sequential]:
    """One layer after another, all with the same channels behind them."""
    return [_layer(channels if number == 0 else out, out, *one) for number, one in enumerate(kernels)]


def _layer(channels: int, out: int, kernel: tuple[int, int], dilation: tuple[int, int]) -> nn.Sequential:
    """Convolution to the same size, batch norm as Keras has it, ReLU."""
    convolution = nn.Conv2d(channels, out, kernel, padding="same", dilation=dilation)
    return nn.Sequential(convolution, nn.BatchNorm2d(out, eps=1e-3, momentum=0.01), nn.ReLU())
