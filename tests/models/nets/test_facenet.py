"""FaceNet's network: the published sizes and names. What it computes is held against Keras' in test_convert."""

import torch

from faceshards.models.nets.facenet import NUMBERS, SIDE, InceptionResNetV1


def test_maps_have_the_published_sizes() -> None:
    net = InceptionResNetV1().eval()
    maps: dict[str, tuple[int, ...]] = {}
    for name, layer in net.named_children():
        layer.register_forward_hook(lambda _, __, output, name=name: maps.update({name: tuple(output.shape[1:])}))
    with torch.no_grad():
        assert net(torch.zeros(1, 3, SIDE, SIDE)).shape == (1, NUMBERS)
    wanted = {"Conv2d_1a_3x3": (32, 79, 79), "Conv2d_2b_3x3": (64, 77, 77), "MaxPool_3a_3x3": (64, 38, 38),
              "Conv2d_4b_3x3": (256, 17, 17), "Block35_5": (256, 17, 17), "Mixed_6a": (896, 8, 8),
              "Block17_10": (896, 8, 8), "Mixed_7a": (1792, 3, 3), "Block8_6": (1792, 3, 3)}  # fmt: skip
    assert {name: maps[name] for name in wanted} == wanted
    assert len(maps) == 7 + 5 + 1 + 10 + 1 + 6


def test_it_has_as_many_weights_as_keras_facenet() -> None:
    with torch.device("meta"):
        net = InceptionResNetV1()
    layers = [one for one in net.modules() if isinstance(one, torch.nn.Conv2d)]
    assert len(layers) == 6 + 5 * 7 + 4 + 10 * 5 + 7 + 6 * 5
    # keras-facenet's model says 22,808,144 in all, of which its bottleneck of 128 numbers has 1792 * 128 + 3 * 128;
    # Keras has no scale (gamma) in its batch norms, torch's is 1.
    ours = sum(one.numel() for one in net.state_dict().values()) - _norms(net)
    assert ours - sum(one.num_features for one in net.modules() if isinstance(one, torch.nn.BatchNorm2d)) == 22_578_384


def _norms(net: InceptionResNetV1) -> int:
    """How many counters of batches there are, which Keras has not."""
    return sum(isinstance(one, torch.nn.BatchNorm2d) for one in net.modules())
