"""FaceDecoder: the published shapes and names at width 1, the ranges of its outputs."""

import torch

from faceshards.models.nets.face_decoder import FaceDecoder


def test_shapes_of_the_full_decoder() -> None:
    with torch.device("meta"):
        decoder = FaceDecoder().eval()
        maps: list[tuple[int, ...]] = []
        for layer in decoder.texture_layers:
            layer.register_forward_hook(lambda _module, _inputs, output: maps.append(tuple(output.shape[1:])))
        embeddings = torch.empty(2, 4096)
        landmarks, pictures = decoder(embeddings)
        assert decoder.hidden(embeddings).shape == (2, 2048)
    assert landmarks.shape == (2, 144) and pictures.shape == (2, 3, 224, 224)
    assert maps == [(50176,), (128, 28, 28), (64, 56, 56), (32, 112, 112), (32, 224, 224), (3, 224, 224)]


def test_state_dict_names_are_the_published_ones() -> None:
    with torch.device("meta"):
        state = FaceDecoder().state_dict()
    norm = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")
    plain = ["pre_layers.0.0", "pre_layers.1.0", *(f"landmark_layers.{n}.0" for n in range(4))]
    plain += ["texture_layers.0.0", "texture_layers.1.1", *(f"texture_layers.{n}.0" for n in range(2, 6))]
    normed = ["pre_layers.0.1", "pre_layers.1.1", *(f"landmark_layers.{n}.1" for n in range(3))]
    names = {f"{place}.{kind}" for place in plain for kind in ("weight", "bias")}
    assert set(state) == names | {f"{place}.{kind}" for place in normed for kind in norm}
    shapes = {name.removesuffix(".weight"): tuple(state[name].shape) for name in state if name.endswith("0.weight")}
    assert shapes == {
        "pre_layers.0.0": (3072, 4096), "pre_layers.1.0": (2048, 3072),
        "landmark_layers.0.0": (1024, 2048), "landmark_layers.1.0": (512, 1024),
        "landmark_layers.2.0": (256, 512), "landmark_layers.3.0": (144, 256),
        "texture_layers.0.0": (50176, 2048), "texture_layers.2.0": (128, 64, 5, 5),
        "texture_layers.3.0": (64, 32, 5, 5), "texture_layers.4.0": (32, 32, 5, 5), "texture_layers.5.0": (3, 32, 1, 1),
    }  # fmt: skip
    assert state["texture_layers.1.1.weight"].shape == (256, 128, 5, 5)


def test_a_thin_decoder_computes_in_range_and_repeats() -> None:
    def run() -> tuple[torch.Tensor, torch.Tensor]:
        torch.manual_seed(0)
        decoder = FaceDecoder(width=1 / 16, points=5, embedding=96)
        return decoder(10 * torch.randn(2, 96))

    landmarks, pictures = run()
    assert landmarks.shape == (2, 10) and pictures.shape == (2, 3, 224, 224)
    assert bool((pictures > 0).all()) and bool((pictures < 1).all())
    assert torch.equal(run()[1], pictures)


def test_both_heads_hear_the_embedding() -> None:
    torch.manual_seed(0)
    decoder = FaceDecoder(width=1 / 32, points=5, embedding=32)
    for head in (0, 1):
        embeddings = torch.randn(2, 32, requires_grad=True)
        decoder(embeddings)[head].square().sum().backward()
        assert embeddings.grad is not None and bool((embeddings.grad != 0).any(dim=1).all())
