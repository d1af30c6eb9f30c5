"""Face encoders: VGG-Face's shapes and names in both layouts; the untrained one is the same everywhere."""

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from faceshards.models.nets.face_encoder import TinyFaceEncoder, VggFace

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("layout", ["serengil", "rcmalli"])
def test_vgg_face_has_its_shapes(layout: str) -> None:
    with torch.device("meta"):
        encoder = VggFace(layout).eval()  # type: ignore[arg-type]
        sides: list[int] = []
        for layer in list(encoder.children())[:13]:
            layer.register_forward_hook(lambda _module, _inputs, output: sides.append(output.shape[-1]))
        pictures = torch.empty(2, 3, 224, 224)
        embeddings = encoder.embedding(pictures)
        assert embeddings.shape == (2, 4096)
        assert encoder.logits_of(embeddings).shape == (2, 2622) == encoder(pictures).shape
        count = sum(parameter.numel() for parameter in encoder.parameters())
    assert sides[:13] == [224, 112, 112, 56, 56, 56, 28, 28, 28, 14, 14, 14, 7]
    convolutions = [3, 64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512]
    expected = sum(9 * a * b + b for a, b in pairwise(convolutions))
    expected += (25088 * 4096 + 4096) + (4096 * 4096 + 4096) + (4096 * 2622 + 2622)
    assert count == expected


@pytest.mark.parametrize(
    ("layout", "places"),
    [
        ("serengil", [*(f"layer{n}.1" for n in range(1, 14)), "layer14.0", "layer15.0", "layer16.1"]),
        ("rcmalli", [*(f"layer{n}.0" for n in range(1, 14)), "layer14.1", "layer15.0", "layer16.0"]),
    ],
)
def test_vgg_face_state_dict_names(layout: str, places: list[str]) -> None:
    with torch.device("meta"):
        state = VggFace(layout).state_dict()  # type: ignore[arg-type]
    assert list(state) == [f"{place}.{kind}" for place in places for kind in ("weight", "bias")]


def test_older_serengil_state_dicts_load_too() -> None:
    with torch.device("meta"):
        encoder = VggFace("serengil")
        state = encoder.state_dict()
        older = {name.replace("layer16.1", "layer16.0"): value for name, value in state.items()}
        encoder.load_state_dict(older, assign=True)
        with pytest.raises(RuntimeError, match="layer15"):
            encoder.load_state_dict({name: value for name, value in older.items() if "layer15" not in name})


def faces() -> torch.Tensor:
    rng = np.random.default_rng(0)
    small = torch.from_numpy(rng.uniform(0, 1, (3, 3, 14, 14)).astype(np.float32))
    return torch.nn.functional.interpolate(small, size=(224, 224), mode="bilinear")


def test_the_tiny_encoder_gives_embeddings_like_vgg_face() -> None:
    encoder = TinyFaceEncoder(seed=3)
    embeddings = encoder.embedding(faces())
    assert embeddings.shape == (3, 4096) and not embeddings.requires_grad
    assert bool((embeddings >= 0).all()) and 0.2 < float((embeddings > 0).float().mean()) < 0.8
    assert encoder(faces()).shape == (3, 64)
    assert TinyFaceEncoder(embedding=128).embedding(faces()).shape == (3, 128)


def test_the_tiny_encoder_tells_faces_apart_and_knows_one_again() -> None:
    encoder = TinyFaceEncoder()
    pictures = faces()
    again = (pictures + 0.02 * torch.randn(pictures.shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    first, second = (torch.nn.functional.normalize(encoder.embedding(p)) for p in (pictures, again))
    likeness = first @ second.T
    assert float(likeness.diagonal().min()) > 0.98
    assert float(likeness[~torch.eye(3, dtype=torch.bool)].max()) < 0.9


def test_the_tiny_encoder_is_the_same_in_another_process_whatever_the_global_seed() -> None:
    script = (
        "import torch; torch.manual_seed(99); torch.rand(7)\n"
        "from faceshards.models.nets.face_encoder import TinyFaceEncoder\n"
        "e = TinyFaceEncoder(5, embedding=16)\n"
        "print(sum(float(p.double().abs().sum()) for p in e.parameters()).hex())\n"
    )
    run = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    torch.manual_seed(0)
    here = TinyFaceEncoder(5, embedding=16)
    assert run.stdout.strip() == sum(float(p.double().abs().sum()) for p in here.parameters()).hex()
    other = TinyFaceEncoder(6, embedding=16)
    assert not torch.equal(next(here.parameters()), next(other.parameters()))
