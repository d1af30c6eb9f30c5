"""VoiceEncoder: the published shapes, names and parameter count at width 1, on tensors without data."""

from itertools import pairwise

import pytest
import torch

from faceshards.errors import StageError
from faceshards.models.nets.voice_encoder import SPECTROGRAM, VoiceEncoder

#: Channels, frequencies and frames after each layer, as the paper's implementation has them for 6 s.
PUBLISHED = [
    (64, 254, 598),
    (64, 251, 595),
    (128, 248, 296),
    (128, 245, 146),
    (128, 242, 71),
    (256, 239, 34),
    (512, 236, 31),
    (512, 117, 14),
    (512, 57, 1),
    (4096,),
    (4096,),
]


def test_each_layer_has_the_published_shape() -> None:
    with torch.device("meta"):
        encoder = VoiceEncoder().eval()
        shapes: list[tuple[int, ...]] = []
        for layer in encoder.children():
            layer.register_forward_hook(lambda _module, _inputs, output: shapes.append(tuple(output.shape[1:])))
        encoder(torch.empty(1, *SPECTROGRAM))
    assert shapes == PUBLISHED


def test_the_full_encoder_has_148_million_parameters() -> None:
    channels = [2, 64, 64, 128, 128, 128, 256, 512, 512, 512]
    convolutions = sum(a * b * 16 + b for a, b in pairwise(channels))
    norms = 2 * sum(channels[1:])
    dense = (29184 * 4096 + 4096) + (4096 * 4096 + 4096)
    with torch.device("meta"):
        count = sum(parameter.numel() for parameter in VoiceEncoder().parameters())
    assert count == convolutions + norms + dense
    assert round(count / 1e6) == 148


def test_state_dict_names_are_the_published_ones() -> None:
    with torch.device("meta"):
        state = VoiceEncoder().state_dict()
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    names = {f"layer{n}.0.{kind}" for n in range(1, 10) for kind in ("weight", "bias")}
    names |= {f"layer{n}.{3 if n == 9 else 2}.{kind}" for n in range(1, 10) for kind in norm}
    names |= {f"layer{place}.{kind}" for place in ("10.1", "11.0") for kind in ("weight", "bias")}
    assert set(state) == names
    assert state["layer1.0.weight"].shape == (64, 2, 4, 4)
    assert state["layer10.1.weight"].shape == (4096, 29184)


def test_the_original_era_s_last_layer_is_linear_and_its_names_are_the_same() -> None:
    with torch.device("meta"):
        linear, rectified = VoiceEncoder(rectified=False), VoiceEncoder()
        assert list(linear.state_dict()) == list(rectified.state_dict())
        kinds = [[type(one).__name__ for one in layer] for layer in rectified.children()]
    plain, pooled = ["Conv2d", "ReLU", "BatchNorm2d"], ["Conv2d", "ReLU", "BatchNorm2d", "MaxPool2d"]
    assert kinds[:9] == [plain, plain, *[pooled] * 4, plain, plain, ["Conv2d", "AdaptiveAvgPool2d", *plain[1:]]]
    assert kinds[9:] == [["Flatten", "Linear", "ReLU"], ["Linear", "ReLU"]]
    assert [type(one).__name__ for one in linear.layer11] == ["Linear"]


def test_width_thins_the_channels_and_keeps_the_output() -> None:
    with torch.device("meta"):
        encoder = VoiceEncoder(width=1 / 8).eval()
        assert encoder(torch.empty(2, *SPECTROGRAM)).shape == (2, 4096)
        assert encoder.layer9[0].out_channels == 64
        assert VoiceEncoder(width=1 / 8, out=128).eval()(torch.empty(2, *SPECTROGRAM)).shape == (2, 128)
    with pytest.raises(StageError, match="width"):
        VoiceEncoder(width=0)


def test_a_thin_encoder_computes_repeats_and_learns() -> None:
    torch.manual_seed(0)
    encoder = VoiceEncoder(width=1 / 32, out=64)
    voices = torch.randn(2, *SPECTROGRAM)
    output = encoder(voices)
    assert output.shape == (2, 64) and output.dtype == torch.float32 and bool((output >= 0).all())
    output.square().mean().backward()
    assert all(parameter.grad is not None for parameter in encoder.parameters())
    torch.manual_seed(0)
    again = VoiceEncoder(width=1 / 32, out=64)
    assert torch.equal(again(voices), output)
