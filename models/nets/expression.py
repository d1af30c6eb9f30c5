"""ExpressionNet: a voice and a still face become the codes of a talking one, frame by frame. A small baseline.

What it takes of 3DXTalker (arXiv 2602.10516): the 284 numbers, standardised differences to a reference frame, 640
samples a frame, and the envelope beside the sound. What it leaves out: WavLM and emotion2vec, transformers with
adaptive norms, a head a group, and flow matching: here one network gives one answer, the mean of what may be, so that
head poses, which a voice hardly tells, stay calm. Its convolutions are those of Bai et al. 2018 (arXiv 1803.01271).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from faceshards.media.sound.spectrum import mel_filters
from faceshards.models.nets.width import scaled

#: Samples a frame: 25 frames a second of sound at 16 kHz.
SAMPLES = 640
#: Where the codes of each group stand among the 284.
GROUPS = {"shape": (0, 100), "exp": (100, 150), "head": (150, 153), "jaw": (153, 156), "detail": (156, 284)}
#: How many codes a frame has.
CODES = 284

#: Samples a second.
RATE = 16000

_WINDOW, _HOP, _BANDS = 400, 160, 64
_STEPS = SAMPLES // _HOP
_FLOOR = 1e-6  # of power and of the envelope's mean: quieter than a step of 16 bits
_DILATIONS = (1, 2, 4, 8, 16)


class ExpressionNet(nn.Module):
    """`audio` and `envelope` float32 (B, 640 T), 16 kHz, and `reference` float32 (B, 1, 284), codes as they are, ->
    standardised differences to the reference, float32 (B, T, 284). Any T of at least 1; a frame hears 1.3 s on either
    side. Untrained it answers 0, which is the mean.

    `width` multiplies the 256 channels. In training mode a batch needs at least two frames (batch norm).
    """

    def __init__(self, width: float = 1.0, codes: int = CODES) -> None:
        super().__init__()
        channels = scaled(256, width)
        self.ears = LogMel()
        self.norm = nn.BatchNorm1d(_BANDS + 2)
        self.listen = nn.Conv1d(_BANDS + 2, channels, 5, padding=2)
        self.frame = nn.Conv1d(channels, channels, _STEPS, _STEPS)
        self.face = nn.Linear(codes, channels)
        self.blocks = nn.ModuleList(_Block(channels, dilation) for dilation in _DILATIONS)
        self.last = nn.Linear(channels, codes)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, audio: Tensor, envelope: Tensor, reference: Tensor) -> Tensor:
        """See the class."""
        heard = F.gelu(self.listen(self.norm(torch.cat([self.ears(audio), _swell(envelope)], dim=1))))
        hidden = self.frame(heard) + self.face(reference).transpose(1, 2)
        for block in self.blocks:
            hidden = block(hidden)
        return self.last(F.gelu(hidden).transpose(1, 2))


class LogMel(nn.Module):
    """Logarithms of the power in 64 mel bands, float32 (B, 64, 4 T), of sound float32 (B, 640 T): four a frame, of 25
    ms each about the quarter's middle. By a convolution, so that it is exported with the network.
    """

    waves: Tensor
    filters: Tensor

    def __init__(self) -> None:
        super().__init__()
        times = torch.arange(_WINDOW, dtype=torch.float64)
        bins = torch.arange(_WINDOW // 2 + 1, dtype=torch.float64)[:, None]
        angles = 2 * math.pi / _WINDOW * bins * times
        shape = torch.hann_window(_WINDOW, dtype=torch.float64)
        waves = torch.cat([angles.cos() * shape, angles.sin() * shape]).float()[:, None]
        self.register_buffer("waves", waves, persistent=False)
        filters = torch.from_numpy(mel_filters(RATE, _BANDS, _WINDOW))[:, :, None]
        self.register_buffer("filters", filters, persistent=False)

    def forward(self, audio: Tensor) -> Tensor:
        """See the class."""
        around = (_WINDOW - _HOP) // 2
        real, imaginary = F.conv1d(F.pad(audio[:, None], (around, around)), self.waves, stride=_HOP).chunk(2, dim=1)
        return (F.conv1d(real.square() + imaginary.square(), self.filters) + _FLOOR).log()


class _Block(nn.Module):
    """Two convolutions over frames, the first one with gaps, beside what they are given."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)
        self.wide = nn.Conv1d(channels, channels, 3, padding=dilation, dilation=dilation)
        self.near = nn.Conv1d(channels, channels, 1)

    def forward(self, hidden: Tensor) -> Tensor:
        return hidden + self.near(F.gelu(self.wide(F.gelu(self.norm(hidden)))))


def _swell(envelope: Tensor) -> Tensor:
    """Logarithms of the envelope's mean and maximum in each quarter of a frame: float32 (B, 2, 4 T)."""
    quarters = envelope.reshape(len(envelope), -1, _HOP)
    return (torch.stack([quarters.mean(dim=2), quarters.amax(dim=2)], dim=1) + _FLOOR).log()
