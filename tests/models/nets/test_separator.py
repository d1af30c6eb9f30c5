"""Separator: each layer's shape and parameters as speech_separation's model has them; what reaches which mask."""

import pytest
import torch
from torch import nn

from faceshards.errors import StageError
from faceshards.models.nets.separator import Separator

T = 298
#: Layer -> output shape behind the batch, weights. Channels first; Keras' kernels hold the same numbers.
AUDIO = {
    "1x7": ((96, T, 257), 7 * 2 * 96 + 96),
    "7x1": ((96, T, 257), 7 * 96 * 96 + 96),
    **{f"5x5 {n}": ((96, T, 257), 25 * 96 * 96 + 96) for n in range(12)},
    "1x1": ((8, T, 257), 96 * 8 + 8),
}
VISUAL = {
    "7x1": ((256, 75, 1), 7 * 1792 * 256 + 256),
    **{f"5x1 {n}": ((256, 75, 1), 5 * 256 * 256 + 256) for n in range(5)},
}
DILATIONS = [(1, 1), (2, 1), (4, 1), (8, 1), (16, 1), (32, 1), (1, 1), (2, 2), (4, 4), (8, 8), (16, 16), (32, 32)]


@pytest.fixture(scope="module")
def published():
    """The network at width 1, and the shape of what each layer gave of a mixture of 3 frames; 298 stands for 3."""
    net, shapes = Separator().eval(), {}
    for name, layer in net.named_modules():
        layer.register_forward_hook(lambda _, __, out, name=name: shapes.update({name: _shape(out)}))
    with torch.no_grad():
        net(torch.zeros(1, 3, 257, 2), torch.zeros(1, 75, 1, 1792, 2))
    return net, shapes


def _shape(out) -> tuple[int, ...]:
    return tuple(T if size == 3 else size for size in out.shape[1:]) if isinstance(out, torch.Tensor) else ()


def numbers(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


@pytest.mark.parametrize(("stream", "layers"), [("audio", AUDIO), ("visual", VISUAL)])
def test_the_streams_layer_for_layer(published, stream, layers):
    net, shapes = published
    stack = getattr(net, stream)
    assert len(stack) == len(layers)
    for number, (layer, (shape, weights)) in enumerate(zip(stack, layers.values(), strict=True)):
        convolution, norm, relu = layer
        assert shapes[f"{stream}.{number}"] == shape
        assert numbers(convolution) == weights and numbers(norm) == 2 * shape[0] and isinstance(relu, nn.ReLU)
        assert norm.eps == 1e-3 and norm.momentum == pytest.approx(1 - 0.99)  # Keras' own


def test_kernels_and_dilations(published):
    net, _ = published
    audio, visual = ([layer[0] for layer in stack] for stack in (net.audio, net.visual))
    assert [one.kernel_size for one in audio] == [(1, 7), (7, 1), *[(5, 5)] * 12, (1, 1)]
    assert [one.dilation for one in audio] == [(1, 1), (1, 1), *DILATIONS, (1, 1)]
    assert [one.kernel_size for one in visual] == [(7, 1), *[(5, 1)] * 5]
    assert [one.dilation for one in visual] == [(1, 1), (1, 1), (2, 1), (4, 1), (8, 1), (16, 1)]


def test_what_joins_the_streams(published):
    net, shapes = published
    assert net.recurrent.input_size == 2568 and net.recurrent.bidirectional
    # Keras' LSTM has 4 (400 (2568 + 400) + 400) weights a direction; torch's has its bias twice.
    assert numbers(net.recurrent) == 2 * (4 * (400 * (2568 + 400) + 400) + 4 * 400)
    assert [numbers(layer) for layer in net.dense] == [400 * 600 + 600, 600 * 600 + 600, 600 * 600 + 600]
    assert [shapes[f"dense.{n}"] for n in range(3)] == [(T, 600)] * 3
    assert numbers(net.masks) == 600 * 1028 + 1028 and shapes["masks"] == (T, 1028)
    assert shapes[""] == (T, 257, 2, 2)


@pytest.mark.parametrize(("speakers", "embedding"), [(2, 128), (3, 7)])
def test_other_numbers_of_speakers_and_of_a_face(speakers, embedding):
    torch.manual_seed(0)
    net = Separator(1 / 48, speakers, embedding).eval()
    with torch.no_grad():
        masks = net(torch.randn(1, 12, 257, 2), torch.randn(1, 3, 1, embedding, speakers))
    assert masks.shape == (1, 12, 257, 2, speakers) and bool((masks < 0).any())  # linear: no ReLU at the end


def test_a_separator_of_one_voice_is_refused():
    with pytest.raises(StageError, match="at least 2 speakers, got 1"):
        Separator(1 / 48, 1)


def test_faces_share_one_stream_stretched_from_end_to_end():
    torch.manual_seed(0)
    net = Separator(1 / 48, 2, 4).eval()
    with torch.no_grad():
        face = torch.randn(1, 75, 1, 4)
        stream, seen = net.visual(face.permute(0, 3, 1, 2)).squeeze(3), net.see(face, 298)
        assert seen.shape == (1, 298, stream.shape[1])
        assert torch.allclose(seen[:, [0, -1]], stream[:, :, [0, -1]].transpose(1, 2))
        # Frame t looks at picture 74 t / 297, in part at the one before and in part at the one behind.
        share = 74 * 100 / 297 - 24
        expected = (1 - share) * stream[:, :, 24] + share * stream[:, :, 25]
        assert torch.allclose(seen[:, 100], expected, atol=1e-5)
        mixture = torch.randn(1, 5, 257, 2)
        assert torch.equal(net.hear(mixture), net.audio(mixture.permute(0, 3, 1, 2)).permute(0, 2, 3, 1).flatten(2))


def test_faces_of_all_speakers_are_normed_together():
    """Of one place at a time, two rows of one person would have no face left."""
    torch.manual_seed(0)
    net, given = Separator(1 / 48, 2, 4), []
    net.visual.register_forward_hook(lambda _, inputs, __: given.append(inputs[0]))
    faces = torch.randn(3, 5, 1, 4, 2)
    net.train()(torch.randn(3, 5, 257, 2), faces)
    (together,) = given
    assert together.shape == (6, 4, 5, 1) and torch.equal(together[3:, :, :, 0], faces[:, :, 0, :, 1].transpose(1, 2))


def test_a_power_presses_magnitudes_and_keeps_phases():
    torch.manual_seed(0)
    plain, pressed = Separator(1 / 48, 2, 4).eval(), Separator(1 / 48, 2, 4, power=0.3).eval()
    pressed.load_state_dict(plain.state_dict())
    mixture = torch.randn(1, 5, 257, 2)
    size = mixture.norm(dim=-1, keepdim=True)
    with torch.no_grad():
        assert torch.allclose(pressed.hear(mixture), plain.hear(mixture / size * size**0.3), atol=1e-4)
        assert torch.isfinite(pressed.hear(mixture * 0)).all()
    with pytest.raises(StageError, match="power must be above 0 and at most 1, got 2"):
        Separator(1 / 48, power=2)


def test_what_is_behind_the_streams_has_a_width_of_its_own():
    with torch.device("meta"):
        net = Separator(1 / 48, 2, 4, joint=1 / 8)
    assert net.audio[0][0].out_channels == 2 and net.recurrent.hidden_size == 50 and net.masks.in_features == 75
