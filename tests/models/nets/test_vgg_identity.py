"""VGG-Face as an identity: colours and means, on weights of the true signature that let them through."""

from pathlib import Path

import numpy as np
import pytest
import torch

from faceshards.errors import WeightsError
from faceshards.models.nets.face_encoder import VggFace
from faceshards.models.nets.vgg_identity import NUMBERS, VggIdentity


def transparent() -> dict[str, torch.Tensor]:
    """Every convolution hands on the first three channels; every number is blue + 100 green + 10000 red. The large
    layers are one row each, many times over.
    """
    with torch.device("meta"):
        shapes = {name: one.shape for name, one in VggFace("rcmalli").state_dict().items()}
    state = {name: torch.zeros(1).expand(shape) for name, shape in shapes.items()}
    for number in range(1, 14):
        weight = torch.zeros(shapes[f"layer{number}.0.weight"])
        weight[range(3), range(3), 1, 1] = 1
        state[f"layer{number}.0.weight"] = weight
    first = torch.zeros(512, 49)
    first[:3] = torch.tensor([1.0, 100.0, 10_000.0])[:, None] / 49
    state["layer14.1.weight"] = first.reshape(1, -1).expand(shapes["layer14.1.weight"])
    second = torch.zeros(1, 4096)
    second[0, 0] = 1
    state["layer15.0.weight"] = second.expand(shapes["layer15.0.weight"])
    return state


def test_it_sees_blue_first_less_the_mean_of_its_training(tmp_path: Path) -> None:
    torch.save(transparent(), tmp_path / "vgg.pt")
    net = VggIdentity(tmp_path / "vgg.pt")
    (found,) = net.run(np.full((1, 224, 224, 3), (200, 150, 100), np.uint8))
    assert found.shape == (1, NUMBERS) and found.dtype == np.float32
    wanted = (100 - 93.5940) + 100 * (150 - 104.7624) + 10_000 * (200 - 129.1863)
    assert found[0, [0, 4095]] == pytest.approx([wanted] * 2, abs=1)


def test_a_box_is_squashed(tmp_path: Path) -> None:
    torch.save(transparent(), tmp_path / "vgg.pt")
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[20:40, 50:150] = 255
    crop = VggIdentity(tmp_path / "vgg.pt").crop(picture, np.array([50, 20, 150, 40]))
    assert crop.shape == (224, 224, 3) and (crop[8:-8, 2:-2] == 255).all()


def test_another_file_is_refused(tmp_path: Path) -> None:
    torch.save({"layer1.0.weight": torch.zeros(1)}, tmp_path / "x.pt")
    with pytest.raises(WeightsError, match="is no state dict of VGG-Face in a known layout"):
        VggIdentity(tmp_path / "x.pt")
