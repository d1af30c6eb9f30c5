"""FaceDecoder: a face embedding becomes a normalised face: a picture and its landmarks.

The decoder of Kacper Pietkun's Speech-to-face (MIT), after Cole et al. 2017 (arXiv 1701.04851), without a warp: the
two outputs are independent. At width 1 with 72 points it reads that project's state_dicts: same names, same shapes.
"""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn

from faceshards.models.nets.width import scaled

#: Side of the picture, in pixels.
SIDE = 224

_START = 14  # side of the first feature map; each of four layers doubles it
_CHANNELS = (256, 128, 64, 32, 32)


class FaceDecoder(nn.Module):
    """Embeddings float32 (B, embedding) -> landmarks (B, 2 * points) and pictures (B, 3, 224, 224).

    Landmarks are x, y, x, y, ... in pixels of the picture, unbounded; pictures are RGB in 0..1. `width` multiplies
    the hidden layers. In training mode a batch needs at least two rows (batch norm).
    """

    def __init__(self, width: float = 1.0, points: int = 72, embedding: int = 4096) -> None:
        super().__init__()
        shared = scaled(2048, width)
        self.pre_layers = _dense(embedding, scaled(3072, width), shared)
        self.landmark_layers = _dense(shared, *(scaled(size, width) for size in (1024, 512, 256)))
        self.landmark_layers.append(nn.Sequential(nn.Linear(scaled(256, width), 2 * points)))
        self.texture_layers = _upward(shared, tuple(scaled(size, width) for size in _CHANNELS))

    def forward(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """Landmarks and pictures; see the class."""
        hidden = self.hidden(embeddings)
        landmarks, pictures = hidden, hidden
        for layer in self.landmark_layers:
            landmarks = layer(landmarks)
        for layer in self.texture_layers:
            pictures = layer(pictures)
        return landmarks, pictures

    def hidden(self, embeddings: Tensor) -> Tensor:
        """What both heads share: (B, 2048 * width). A voice encoder is trained to excite it as the face does."""
        for layer in self.pre_layers:
            embeddings = layer(embeddings)
        return embeddings


def _dense(*sizes: int) -> nn.ModuleList:
    """Linear, batch norm and ReLU from each size to the next."""
    return nn.ModuleList(
        nn.Sequential(nn.Linear(size, out), nn.BatchNorm1d(out), nn.ReLU()) for size, out in pairwise(sizes)
    )


def _upward(shared: int, channels: tuple[int, ...]) -> nn.ModuleList:
    """A dense layer to 14 x 14 maps, four transposed convolutions that double their side, and one to RGB."""
    first = nn.Sequential(nn.Linear(shared, channels[0] * _START**2), nn.ReLU())
    layers = nn.ModuleList([first])
    for number, (size, out) in enumerate(pairwise(channels)):
        shaped = [nn.Unflatten(1, (size, _START, _START))] if number == 0 else []
        doubled = nn.ConvTranspose2d(size, out, kernel_size=5, stride=2, padding=2, output_padding=1)
        layers.append(nn.Sequential(*shaped, doubled, nn.ReLU()))
    layers.append(nn.Sequential(nn.Conv2d(channels[-1], 3, kernel_size=1), nn.Sigmoid()))
    return layers
