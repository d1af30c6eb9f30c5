"""VoiceEncoder: a speech spectrogram becomes the embedding of the face that may have spoken it.

The convolutional encoder `VE_conv` of Kacper Pietkun's Speech-to-face (MIT), after Oh et al. 2019, Speech2Face
(arXiv 1905.09773). At width 1 it reads that project's state_dicts: same names, same shapes.
"""

from __future__ import annotations

from torch import Tensor, nn

from faceshards.models.nets.width import scaled

#: Input: real and imaginary part, frequencies, frames of 10 ms (6 s at 16 kHz).
SPECTROGRAM = (2, 257, 601)

_KERNEL = 4
#: Channels and stride of layers 1 to 9, and whether pairs of frames are pooled after it. Kernels are 4 x 4, unpadded.
_LAYERS = (
    (64, 1, False),
    (64, 1, False),
    (128, 1, True),
    (128, 1, True),
    (128, 1, True),
    (256, 1, True),
    (512, 1, False),
    (512, 2, False),
    (512, 2, False),
)


class VoiceEncoder(nn.Module):
    """Spectrograms float32 (B, 2, 257, 601), power-law compressed, -> embeddings float32 (B, out), not negative.

    `width` multiplies the channels and the hidden layer: 1 is the published 148 M parameters, 1/8 trains on a laptop.
    Frames beyond or short of 601 are accepted (the last convolution's are averaged); frequencies must be 257.
    `rectified`: a ReLU behind the last layer, as in Speech-to-face since November 2023; without it embeddings may be
    negative. Its original era counted layer 10's inputs by itself (`LazyLinear`); the names are the same.
    """

    def __init__(self, width: float = 1.0, out: int = 4096, rectified: bool = True) -> None:
        super().__init__()
        channels = SPECTROGRAM[0]
        for number, (wanted, stride, pooled) in enumerate(_LAYERS, start=1):
            last = number == len(_LAYERS)
            block = _convolution(channels, scaled(wanted, width), stride, pooled=pooled, averaged=last)
            self.add_module(f"layer{number}", block)
            channels = scaled(wanted, width)
        hidden = scaled(4096, width)
        flat = channels * _frequencies_left()
        self.layer10 = nn.Sequential(nn.Flatten(), nn.Linear(flat, hidden), nn.ReLU())
        self.layer11 = nn.Sequential(nn.Linear(hidden, out), *([nn.ReLU()] if rectified else []))

    def forward(self, spectrograms: Tensor) -> Tensor:
        """See the class."""
        for layer in self.children():
            spectrograms = layer(spectrograms)
        return spectrograms


def _convolution(channels: int, out: int, stride: int, *, pooled: bool, averaged: bool) -> nn.Sequential:
    """Convolution, ReLU, batch norm, pooling; the last layer averages over time before its ReLU."""
    layers: list[nn.Module] = [nn.Conv2d(channels, out, _KERNEL, stride)]
    if averaged:
        layers.append(nn.AdaptiveAvgPool2d((None, 1)))
    layers += [nn.ReLU(), nn.BatchNorm2d(out)]
    if pooled:
        layers.append(nn.MaxPool2d((1, 2)))
    return nn.Sequential(*layers)


def _frequencies_left() -> int:
    """How many of the 257 frequencies the nine convolutions leave: 57."""
    left = SPECTROGRAM[1]
    for _, stride, _ in _LAYERS:
        left = (left - _KERNEL) // stride + 1
    return left
