"""Published weights made over: Keras' into state dicts of VGG-Face in its two layouts and of FaceNet, Speech-to-face's
checkpoints into ours.

Which network a file is of is told by its shapes and layer names, never by its file name: two layouts of VGG-Face
circulate under one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isqrt
from pathlib import Path

import torch
from torch import nn

from faceshards.errors import UsageError, WeightsError
from faceshards.models import checkpoint
from faceshards.models.nets.face_encoder import VggFace
from faceshards.models.nets.facenet import InceptionResNetV1
from faceshards.models.published import Era, is_published, published
from faceshards.models.weights.keras_file import KerasLayer, keras_layers
from faceshards.shards.storage.atomic import AtomicFile, storage_errors

#: The networks of which files can be made over, as `converted` tells them.
LAYOUTS = ("vgg-face serengil", "vgg-face rcmalli", "facenet")

#: How an HDF5 file begins (HDF5 File Format Specification 3.0, "Superblock").
_MAGIC = b"\x89HDF\r\n\x1a\n"

_State = dict[str, torch.Tensor]


def convert(source: Path, out: Path, era: Era | None = None) -> str:
    """Writes the state dict of a Keras file, or our checkpoint of one of Speech-to-face (`era`: see `published`), whole
    or not at all; returns its layout, one of `LAYOUTS`, or the checkpoint's task.

    Raises UsageError, WeightsError and UnsafeData as `converted` and `checkpoint.load` do, StorageError when the disk
    refuses.
    """
    if source.is_file() and not _is_hdf5(source):
        return _convert_published(source, out, era)
    layout, state = converted(source)
    with AtomicFile(out) as file:
        with storage_errors(out), open(file.fd, "wb", closefd=False) as stream:
            torch.save(state, stream)
        file.commit()
    return layout


def _is_hdf5(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _convert_published(source: Path, out: Path, era: Era | None) -> str:
    content = checkpoint.content(source)
    if not is_published(content):
        raise UsageError(f"{source} is neither weights of Keras in HDF5 nor a checkpoint of Speech-to-face")
    made = checkpoint.Checkpoint(**published(source, content, era))
    checkpoint.save(made, out)
    return str(made.config["task"])


def converted(source: Path) -> tuple[str, _State]:
    """The layout of a Keras file, and its weights under the names of our network.

    Raises UsageError where there is no such file, WeightsError for one of another network, UnsafeData for one with
    links in it.
    """
    with keras_layers(source) as layers:
        if any(layer.name == "Block35_1_Conv2d_1x1" for layer in layers):
            return LAYOUTS[2], by_name(source, layers, _without_data(InceptionResNetV1))
        shapes = [layer.shapes[layer.kernel] for layer in layers if layer.kernel]
        for layout in LAYOUTS[:2]:
            net = _without_data(VggFace, layout.removeprefix("vgg-face "))
            if shapes == [_keras_shape(module) for _, module in _weighty(net)]:
                return layout, by_order(source, layers, net)
    raise WeightsError(
        f"{source}: {len(shapes)} layers with kernels of the shapes {shapes!s:.200}: they must be those of one of "
        f"{', '.join(LAYOUTS)}"
    )


def _without_data(kind: Callable[..., nn.Module], *arguments: str) -> nn.Module:
    """A network whose weights have shapes and no values."""
    with torch.device("meta"):
        return kind(*arguments)


def by_order(source: Path, layers: Sequence[KerasLayer], net: nn.Module) -> _State:
    """Weights of a network of convolutions and dense layers, which both have in one order.

    Kernels are (height, width, in, out) in Keras and (out, in, height, width) in torch; dense ones (in, out) and
    (out, in). The first dense layer behind convolutions sees their maps flattened: Keras goes over rows, columns, then
    channels, torch over channels, then rows and columns, so its inputs are put in another order, which Speech-to-face's
    converter leaves out.
    """
    state: _State = {}
    maps = 0  # channels of the convolution before
    with_kernel = (layer for layer in layers if layer.kernel)
    for (path, module), layer in zip(_weighty(net), with_kernel, strict=True):
        kernel = _kernel(source, layer, module)
        if isinstance(module, nn.Conv2d):
            maps = module.out_channels
        elif maps:
            side = isqrt(module.in_features // maps)
            kernel = kernel.reshape(-1, side, side, maps).permute(0, 3, 1, 2).reshape(len(kernel), -1)
            maps = 0
        state |= {f"{path}.weight": kernel.contiguous(), f"{path}.bias": _bias(source, layer, module)}
    return state


def by_name(source: Path, layers: Sequence[KerasLayer], net: nn.Module) -> _State:
    """Weights of a network whose modules' paths, with _ for their dots, are the names of Keras' layers; batch norm, a
    layer of its own in Keras, is the second module of a sequence.
    """
    named = {layer.name: layer for layer in layers}
    state: _State = {}
    for path, module in net.named_modules():
        place = path.replace(".", "_")
        if isinstance(module, nn.BatchNorm2d):
            layer = _named(source, named, f"{place.removesuffix('_1')}_BatchNorm")
            state |= {f"{path}.{name}": value for name, value in _norm(source, layer, module).items()}
        elif isinstance(module, nn.Conv2d):
            layer = _named(source, named, place if module.bias is not None else place.removesuffix("_0"))
            state[f"{path}.weight"] = _kernel(source, layer, module).contiguous()
            if module.bias is not None:
                state[f"{path}.bias"] = _bias(source, layer, module)
    return state


def _weighty(net: nn.Module) -> list[tuple[str, nn.Conv2d | nn.Linear]]:
    return [(path, one) for path, one in net.named_modules() if isinstance(one, nn.Conv2d | nn.Linear)]


def _named(source: Path, named: Mapping[str, KerasLayer], name: str) -> KerasLayer:
    if name not in named:
        raise WeightsError(f"{source} is no whole FaceNet: it lacks the layer {name}")
    return named[name]


def _keras_shape(module: nn.Conv2d | nn.Linear) -> tuple[int, ...]:
    """The shape of the kernel in Keras."""
    shape = tuple(module.weight.shape)
    return (*shape[2:], shape[1], shape[0])


def _kernel(source: Path, layer: KerasLayer, module: nn.Conv2d | nn.Linear) -> torch.Tensor:
    """The kernel in torch's order of axes."""
    kernel = _read(source, layer, layer.kernel, _keras_shape(module))
    return kernel.permute(3, 2, 0, 1) if kernel.ndim == 4 else kernel.T


def _bias(source: Path, layer: KerasLayer, module: nn.Conv2d | nn.Linear) -> torch.Tensor:
    return _read(source, layer, layer.bias, (module.weight.shape[0],))


def _norm(source: Path, layer: KerasLayer, module: nn.BatchNorm2d) -> _State:
    """Batch norm; where Keras was told not to scale, there is no gamma, and it is 1."""
    shape = (module.num_features,)
    names = {"bias": "beta", "running_mean": "moving_mean", "running_var": "moving_variance"}
    state = {name: _read(source, layer, theirs, shape) for name, theirs in names.items()}
    state["weight"] = _read(source, layer, "gamma", shape) if "gamma" in layer.shapes else torch.ones(shape)
    return state | {"num_batches_tracked": torch.tensor(0)}


def _read(source: Path, layer: KerasLayer, name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """An array of this shape. Nothing of another shape is read, however large it says that it is."""
    found = layer.shapes.get(name)
    if found != shape:
        raise WeightsError(
            f"{source}: layer {layer.name!s:.60} has {name or 'no bias'} of shape {found}, must be {shape}"
        )
    return torch.from_numpy(layer.read(name))
