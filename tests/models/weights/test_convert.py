"""Keras' weights under our networks' names: the same numbers, computed by Keras' own arithmetic in NumPy."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn
from typer.testing import CliRunner

from faceshards.errors import WeightsError
from faceshards.models.nets.face_encoder import VggFace
from faceshards.models.nets.facenet import InceptionResNetV1
from faceshards.models.weights.command import app
from faceshards.models.weights.convert import by_order, convert, converted
from faceshards.models.weights.keras_file import keras_layers
from tests.models.weights.keras_like import MAPS, SIDE, KerasFaceNet, conv, pool, relu, small_layers, write

pytest.importorskip("h5py")


def small_answer(layers: dict[str, dict[str, np.ndarray]], picture: np.ndarray) -> np.ndarray:
    maps = picture
    for name in ("conv1_1", "conv2_1"):
        maps = pool(relu(conv(maps, layers[name]["kernel"], layers[name]["bias"])), 2, 2)
    hidden = relu(maps.reshape(-1) @ layers["fc6"]["kernel"] + layers["fc6"]["bias"])  # Keras flattens rows first
    return hidden @ layers["fc7"]["kernel"] + layers["fc7"]["bias"]


def small_net() -> nn.Sequential:
    convolutions = nn.Conv2d(3, 5, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(5, MAPS, 3, padding=1)
    dense = nn.Linear(3 * 3 * MAPS, 6), nn.ReLU(), nn.Linear(6, 2)
    return nn.Sequential(*convolutions, nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), *dense)


@pytest.mark.parametrize("subgroup", ["{}", "{}_2", ""])
def test_the_first_dense_layer_sees_the_maps_in_torch_s_order(tmp_path: Path, subgroup: str) -> None:
    layers, net = small_layers(), small_net()
    source = write(tmp_path / "small.h5", layers, subgroup=subgroup)
    with keras_layers(source) as stored:
        net.load_state_dict(by_order(source, stored, net))
    picture = np.random.default_rng(1).uniform(0, 1, (SIDE, SIDE, 3)).astype(np.float32)
    with torch.no_grad():
        ours = net(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].numpy()
    np.testing.assert_allclose(ours, small_answer(layers, picture), atol=1e-5)
    merely_turned = torch.from_numpy(layers["fc6"]["kernel"].T.copy())  # what Speech-to-face's converter keeps
    assert not torch.allclose(net[7].weight, merely_turned)
    wanted = layers["fc6"]["kernel"].reshape(3, 3, MAPS, 6).transpose(3, 2, 0, 1).reshape(6, -1)
    np.testing.assert_array_equal(net[7].weight.detach().numpy(), wanted)


def test_facenet_is_keras_facenet(tmp_path: Path) -> None:
    keras, rng = KerasFaceNet(3), np.random.default_rng(4)
    face = rng.integers(0, 256, (160, 160, 3)).astype(np.float32)
    theirs = keras(face)
    layers = {**keras.layers, "Bottleneck": {"kernel": np.ones((1792, 128), np.float32)}, "Dropout": {}}
    source = write(tmp_path / "facenet_keras.h5", layers, model=True)
    told = CliRunner().invoke(app, ["convert", str(source), "--out", str(tmp_path / "net.pt"), "--json"])
    assert json.loads(told.stdout)["layout"] == "facenet"
    net = InceptionResNetV1().eval()
    net.load_state_dict(torch.load(tmp_path / "net.pt", weights_only=True))
    with torch.no_grad():
        ours = net(torch.from_numpy(face).permute(2, 0, 1)[None])[0].numpy()
    assert np.abs(theirs).max() > 1 and np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()
    del layers["Block17_7_Branch_1_Conv2d_0b_1x7_BatchNorm"]
    with pytest.raises(WeightsError, match="lacks the layer Block17_7_Branch_1_Conv2d_0b_1x7_BatchNorm"):
        converted(write(tmp_path / "gap.h5", layers, model=True))


#: The kernels of both files, from the facts that the sources state.
CONVOLUTIONS = [(3, 3, a, b) for a, b in [(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 256),
                                          (256, 512), *[(512, 512)] * 5]]  # fmt: skip
KERNELS = {
    "serengil": [*CONVOLUTIONS, (7, 7, 512, 4096), (1, 1, 4096, 4096), (1, 1, 4096, 2622)],
    "rcmalli": [*CONVOLUTIONS, (25088, 4096), (4096, 4096), (4096, 2622)],
}


def sparse(path: Path, shapes: list[tuple[int, ...]]) -> Path:
    """A file of full shapes whose zeros take no room."""
    import h5py

    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [f"layer_{number}".encode() for number in range(len(shapes))]
        for number, shape in enumerate(shapes):
            group = file.create_group(f"layer_{number}/layer_{number}_1")
            group.create_dataset("kernel:0", shape, "f4", chunks=tuple(min(one, 512) for one in shape))
            group.create_dataset("bias:0", shape[-1:], "f4")
    return path


def drawn(shapes: list[tuple[int, ...]]) -> dict[str, dict[str, np.ndarray]]:
    """Random weights under which numbers stay of one size from layer to layer."""
    rng, layers = np.random.default_rng(5), {}
    for number, shape in enumerate(shapes):
        kernel = rng.standard_normal(shape, np.float32)
        kernel *= np.float32((2 / np.prod(shape[:-1])) ** 0.5)
        layers[f"layer_{number}"] = {"kernel": kernel, "bias": 0.1 * rng.standard_normal(shape[-1], np.float32)}
    return layers


def vgg_face(layers: dict[str, dict[str, np.ndarray]], picture: np.ndarray) -> np.ndarray:
    """The last layer but one, (4096,), of VGG-Face as Keras computes either layout of (224, 224, 3)."""
    maps = picture
    for number, layer in enumerate(list(layers.values())[:15]):
        if layer["kernel"].ndim == 2:  # Flatten and Dense
            maps = maps.reshape(1, 1, -1) @ layer["kernel"] + layer["bias"]
        else:
            maps = conv(maps, layer["kernel"], layer["bias"], same=number < 13)
        maps = pool(relu(maps), 2, 2) if number in (1, 3, 6, 9, 12) else relu(maps)
    return maps.reshape(-1)


@pytest.mark.slow
@pytest.mark.parametrize("layout", KERNELS)
def test_a_full_vgg_face_is_keras(tmp_path: Path, layout: str) -> None:
    layers = drawn(KERNELS[layout])
    picture = np.random.default_rng(6).uniform(0, 1, (224, 224, 3)).astype(np.float32)
    theirs = vgg_face(layers, picture)
    source = write(tmp_path / "vgg.h5", layers, subgroup="{}_2")
    del layers
    assert convert(source, tmp_path / "vgg.pt") == f"vgg-face {layout}"
    state = torch.load(tmp_path / "vgg.pt", weights_only=True, mmap=True)
    with torch.device("meta"):
        net = VggFace(layout).eval()  # type: ignore[arg-type]
    net.load_state_dict(state, assign=True)
    with torch.no_grad():
        ours = net.embedding(torch.from_numpy(picture).permute(2, 0, 1)[None])[0].numpy()
    assert np.abs(theirs).max() > 0.5 and np.abs(ours - theirs).max() < 1e-4 * np.abs(theirs).max()


def test_what_is_of_another_network_is_told_by_its_shapes(tmp_path: Path) -> None:
    source = write(tmp_path / "vgg_face_weights.h5", small_layers())
    with pytest.raises(WeightsError, match=r"4 layers with kernels of the shapes \[\(3, 3, 3, 5\)") as caught:
        convert(source, tmp_path / "out.pt")
    assert "\n" not in str(caught.value) and not (tmp_path / "out.pt").exists()
    headless = sparse(tmp_path / "notop.h5", CONVOLUTIONS)
    with pytest.raises(WeightsError, match="13 layers"):
        converted(headless)
