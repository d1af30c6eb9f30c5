"""Face encoders: a face picture becomes the embedding that a voice encoder learns to guess.

All take pictures float32 (B, 3, 224, 224), RGB in 0..1, and have `embedding` and `logits_of`. VGG-Face (Parkhi et al.
2015) was trained on BGR in 0..255 less a mean; Speech-to-face feeds it RGB in 0..1, and so does this project, because
embeddings and published decoders agree only if everybody does the same.
"""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch import Tensor, nn

#: Channels of VGG-Face's convolutions; "M" halves the picture.
_VGG16 = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")
_IDENTITIES = 2622
_EMBEDDING = 4096


class VggFace(nn.Module):
    """VGG-Face in the two forms in which its Keras weights circulate, named as Speech-to-face names its layers.

    `layout`: "serengil" is fully convolutional with padding layers and dropout, "rcmalli" has dense layers. The same
    function on converted weights; only names and shapes of the state_dict differ.
    """

    def __init__(self, layout: Literal["serengil", "rcmalli"] = "serengil") -> None:
        super().__init__()
        blocks = [*_convolutions(padding_layer=layout == "serengil"), *_HEADS[layout]()]
        for number, block in enumerate(blocks, start=1):
            self.add_module(f"layer{number}", block)
        if layout == "serengil":
            self.register_load_state_dict_pre_hook(_rename_last_layer)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of the 2622 identities, (B, 2622)."""
        return self.logits_of(self.embedding(pictures))

    def embedding(self, pictures: Tensor) -> Tensor:
        """The last layer but one, (B, 4096), not negative, not normalised."""
        for layer in list(self.children())[:-1]:
            pictures = layer(pictures)
        return pictures.flatten(1)

    def logits_of(self, embeddings: Tensor) -> Tensor:
        """The last layer alone: embeddings (B, 4096) -> logits (B, 2622)."""
        last = list(self.children())[-1]
        convolutional = any(isinstance(layer, nn.Conv2d) for layer in last.children())
        return last(embeddings[:, :, None, None] if convolutional else embeddings)


class TinyFaceEncoder(nn.Module):
    """A small encoder that was never trained: fixed random filters, the same for a seed on every machine.

    It stands in where no VGG-Face weights are at hand, so that training can be shown. Its embeddings, not negative as
    VGG-Face's, tell faces apart by their colours and shapes only; nothing that is trained on them means anything.
    """

    def __init__(self, seed: int = 0, embedding: int = _EMBEDDING, identities: int = 64) -> None:
        super().__init__()
        steps = [(3, 16), (16, 32), (32, 64)]
        blocks = [nn.Sequential(nn.Conv2d(a, b, 3, 2, 1), nn.InstanceNorm2d(b), nn.ReLU()) for a, b in steps]
        self.maps = nn.Sequential(nn.AvgPool2d(4), *blocks)  # 224 -> 56 -> 7
        self.dense = nn.Sequential(nn.Flatten(), nn.Linear(64 * 7 * 7, embedding), nn.ReLU())
        self.last = nn.Linear(embedding, identities)
        _fill_at_random(self, seed)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits of identities that do not exist, (B, identities)."""
        return self.logits_of(self.embedding(pictures))

    def embedding(self, pictures: Tensor) -> Tensor:
        """Embeddings (B, embedding), not negative."""
        return self.dense(self.maps(pictures - 0.5))

    def logits_of(self, embeddings: Tensor) -> Tensor:
        """The last layer alone: embeddings -> logits (B, identities)."""
        return self.last(embeddings)


def _convolutions(*, padding_layer: bool) -> list[nn.Sequential]:
    """Layers 1 to 13: 3 x 3 convolutions that keep the size, ReLU, and a halving where the table says so."""
    blocks: list[list[nn.Module]] = []
    channels = 3
    for item in _VGG16:
        if isinstance(item, str):
            blocks[-1].append(nn.MaxPool2d(2))
            continue
        same = (
            [nn.ZeroPad2d(1), nn.Conv2d(channels, item, 3)]
            if padding_layer
            else [nn.Conv2d(channels, item, 3, padding=1)]
        )
        blocks.append([*same, nn.ReLU()])
        channels = item
    return [nn.Sequential(*block) for block in blocks]


def _convolutional_head() -> list[nn.Sequential]:
    return [
        nn.Sequential(nn.Conv2d(512, _EMBEDDING, 7), nn.ReLU(), nn.Dropout(0.5)),
        nn.Sequential(nn.Conv2d(_EMBEDDING, _EMBEDDING, 1), nn.ReLU()),
        nn.Sequential(nn.Dropout(0.5), nn.Conv2d(_EMBEDDING, _IDENTITIES, 1), nn.Flatten()),
    ]


def _dense_head() -> list[nn.Sequential]:
    return [
        nn.Sequential(nn.Flatten(), nn.Linear(512 * 7 * 7, _EMBEDDING), nn.ReLU()),
        nn.Sequential(nn.Linear(_EMBEDDING, _EMBEDDING), nn.ReLU()),
        nn.Sequential(nn.Linear(_EMBEDDING, _IDENTITIES)),
    ]


_HEADS = {"serengil": _convolutional_head, "rcmalli": _dense_head}


def _rename_last_layer(module: nn.Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
    """Older state_dicts have the dropout at the end of layer 15, so that layer 16 begins with its convolution."""
    for kind in ("weight", "bias"):
        if f"{prefix}layer16.0.{kind}" in state:
            state[f"{prefix}layer16.1.{kind}"] = state.pop(f"{prefix}layer16.0.{kind}")


@torch.no_grad()
def _fill_at_random(module: nn.Module, seed: int) -> None:
    """He et al. 2015's normal initialisation from a generator of its own; biases are zero."""
    source = torch.Generator().manual_seed(seed)
    for parameter in module.parameters():
        if parameter.ndim == 1:
            parameter.zero_()
        else:
            spread = (2 / parameter[0].numel()) ** 0.5
            parameter.copy_(torch.randn(parameter.shape, generator=source) * spread)
        parameter.requires_grad_(False)
