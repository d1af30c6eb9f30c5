"""Files as Keras writes them, and what Keras computes with them, in NumPy: channels last, kernels (H, W, in, out)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

Layers = Mapping[str, Mapping[str, np.ndarray]]
#: A VGG in small: two convolutions, 3 x 3 maps of 4 channels flattened, two dense layers.
SIDE, MAPS = 12, 4


def small_layers() -> dict[str, dict[str, np.ndarray]]:
    rng = np.random.default_rng(7)
    shapes = {
        "conv1_1": (3, 3, 3, 5), "pool1": None, "conv2_1": (3, 3, 5, MAPS), "pool2": None, "flatten": None,
        "fc6": (3 * 3 * MAPS, 6), "fc7": (6, 2),
    }  # fmt: skip
    made = {}
    for name, shape in shapes.items():
        pair = {} if shape is None else {"kernel": rng.normal(0, 0.5, shape), "bias": rng.normal(0, 0.5, shape[-1])}
        made[name] = {key: value.astype(np.float32) for key, value in pair.items()}
    return made


def write(path: Path, layers: Layers, *, model: bool = False, subgroup: str = "{}") -> Path:
    """Keras 2's file of weights, or of a whole `model`; each layer's arrays lie in a subgroup of this name."""
    import h5py

    with h5py.File(path, "w") as file:
        top = file.create_group("model_weights") if model else file
        top.attrs["layer_names"] = [name.encode() for name in layers]
        for name, arrays in layers.items():
            group = top.create_group(name)
            group.attrs["weight_names"] = [f"{name}/{array}:0".encode() for array in arrays]
            inner = group.create_group(subgroup.format(name)) if arrays and subgroup else group
            for array, value in arrays.items():
                inner[f"{array}:0"] = value
    return path


def same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """TensorFlow's SAME: the output is the size over the stride, rounded up; the odd one out comes last."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def conv(maps: np.ndarray, kernel: np.ndarray, bias: np.ndarray | float = 0.0, stride: int = 1, same: bool = True):
    """Maps (H, W, in) to (H', W', out)."""
    height, width = kernel.shape[:2]
    if same:
        pads = [same_padding(size, side, stride) for size, side in zip(maps.shape[:2], (height, width), strict=True)]
        maps = np.pad(maps, (*pads, (0, 0)))
    seen = np.lib.stride_tricks.sliding_window_view(maps, (height, width), (0, 1))[::stride, ::stride]
    rows = seen.transpose(0, 1, 3, 4, 2).reshape(*seen.shape[:2], -1)
    return rows @ kernel.reshape(-1, kernel.shape[3]) + bias


def pool(maps: np.ndarray, side: int, stride: int) -> np.ndarray:
    seen = np.lib.stride_tricks.sliding_window_view(maps, (side, side), (0, 1))[::stride, ::stride]
    return seen.max(axis=(3, 4))


def relu(values: np.ndarray) -> np.ndarray:
    return np.maximum(values, 0)


class KerasFaceNet:
    """keras-facenet's InceptionResNetV1 up to `AvgPool`, on random weights; `layers` are what it would save."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self.layers: dict[str, dict[str, np.ndarray]] = {}

    def __call__(self, face: np.ndarray) -> np.ndarray:
        """A face (160, 160, 3) -> (1792,)."""
        maps = self._norm("Conv2d_1a_3x3", face, 32, (3, 3), 2, same=False)
        maps = self._norm("Conv2d_2a_3x3", maps, 32, (3, 3), same=False)
        maps = pool(self._norm("Conv2d_2b_3x3", maps, 64, (3, 3)), 3, 2)
        maps = self._norm("Conv2d_3b_1x1", maps, 80, (1, 1), same=False)
        maps = self._norm("Conv2d_4a_3x3", maps, 192, (3, 3), same=False)
        maps = self._norm("Conv2d_4b_3x3", maps, 256, (3, 3), 2, same=False)
        for number in range(1, 6):
            maps = relu(self._block(f"Block35_{number}", maps, 0.17, 32, [["1x1"], ["0a_1x1", "0b_3x3"],
                                                                       ["0a_1x1", "0b_3x3", "0c_3x3"]]))  # fmt: skip
        one = self._norm("Mixed_6a_Branch_0_Conv2d_1a_3x3", maps, 384, (3, 3), 2, same=False)
        two = self._norm("Mixed_6a_Branch_1_Conv2d_0a_1x1", maps, 192, (1, 1))
        two = self._norm("Mixed_6a_Branch_1_Conv2d_0b_3x3", two, 192, (3, 3))
        two = self._norm("Mixed_6a_Branch_1_Conv2d_1a_3x3", two, 256, (3, 3), 2, same=False)
        maps = np.concatenate([one, two, pool(maps, 3, 2)], axis=-1)
        for number in range(1, 11):
            maps = relu(self._block(f"Block17_{number}", maps, 0.1, 128, [["1x1"], ["0a_1x1", "0b_1x7", "0c_7x1"]]))
        one = self._norm("Mixed_7a_Branch_0_Conv2d_0a_1x1", maps, 256, (1, 1))
        one = self._norm("Mixed_7a_Branch_0_Conv2d_1a_3x3", one, 384, (3, 3), 2, same=False)
        two = self._norm("Mixed_7a_Branch_1_Conv2d_0a_1x1", maps, 256, (1, 1))
        two = self._norm("Mixed_7a_Branch_1_Conv2d_1a_3x3", two, 256, (3, 3), 2, same=False)
        three = self._norm("Mixed_7a_Branch_2_Conv2d_0a_1x1", maps, 256, (1, 1))
        three = self._norm("Mixed_7a_Branch_2_Conv2d_0b_3x3", three, 256, (3, 3))
        three = self._norm("Mixed_7a_Branch_2_Conv2d_1a_3x3", three, 256, (3, 3), 2, same=False)
        maps = np.concatenate([one, two, three, pool(maps, 3, 2)], axis=-1)
        last = [["1x1"], ["0a_1x1", "0b_1x3", "0c_3x1"]]
        for number in range(1, 6):
            maps = relu(self._block(f"Block8_{number}", maps, 0.2, 192, last))
        return self._block("Block8_6", maps, 1.0, 192, last).mean(axis=(0, 1))

    def _block(self, name: str, maps: np.ndarray, scale: float, channels: int, branches: list[list[str]]) -> np.ndarray:
        found = []
        for number, layers in enumerate(branches):
            seen = maps
            for layer in layers:
                height, width = map(int, layer.rpartition("_")[2].split("x"))
                seen = self._norm(f"{name}_Branch_{number}_Conv2d_{layer}", seen, channels, (height, width))
            found.append(seen)
        mixed = np.concatenate(found, axis=-1)
        kernel = self._kernel(f"{name}_Conv2d_1x1", (1, 1, mixed.shape[-1], maps.shape[-1]))
        bias = self._array(f"{name}_Conv2d_1x1", "bias", (maps.shape[-1],), 0.1)
        return maps + scale * conv(mixed, kernel, bias)

    def _norm(self, name: str, maps: np.ndarray, channels: int, side: tuple[int, int], stride: int = 1, same=True):
        found = conv(maps, self._kernel(name, (*side, maps.shape[-1], channels)), stride=stride, same=same)
        below = f"{name}_BatchNorm"
        spread = found.std() + 1e-6  # so that numbers stay of one size through the network
        beta = self._array(below, "beta", (channels,), 0.2)
        mean = self._array(below, "moving_mean", (channels,), 0.2 * float(spread))
        variance = self._array(below, "moving_variance", (channels,), 0.1)
        if variance.min() < 0.3:  # newly drawn
            variance[:] = spread**2 * (1 + np.abs(variance))
        return relu((found - mean) / np.sqrt(variance + np.float32(1e-3)) + beta)

    def _kernel(self, name: str, shape: tuple[int, ...]) -> np.ndarray:
        return self._array(name, "kernel", shape, (2 / np.prod(shape[:3])) ** 0.5)

    def _array(self, layer: str, name: str, shape: tuple[int, ...], spread: float) -> np.ndarray:
        arrays = self.layers.setdefault(layer, {})
        if name not in arrays:
            arrays[name] = self._rng.normal(0, spread, shape).astype(np.float32)
        return arrays[name]
