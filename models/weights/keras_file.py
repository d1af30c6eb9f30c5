"""The weights of a Keras HDF5 file, layer by layer, as arrays: nothing in the file is run, and no other file is read.

Keras (2, and 3's legacy form) has a group a layer, in the order of the attribute `layer_names`, at the top of a file of
weights and below `model_weights` in one of a whole model. The arrays lie in the group or in its first subgroup, whose
name differs from dump to dump (`conv1_1/conv1_1_2/kernel:0`, `conv1_1/conv1_1_W:0`).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from faceshards.errors import UnsafeData, UsageError, WeightsError
from faceshards.shards.pickles.hdf5_heaps import check_heaps

if TYPE_CHECKING:
    import h5py

# Groups within groups that are looked into, layers of a network, bytes of an attribute: all more than there are.
_DEPTH, _LAYERS, _ATTRIBUTE = 4, 10_000, 1 << 20


@dataclass(frozen=True)
class KerasLayer:
    """A layer with weights, in an open file. `shapes`: name of each array, without `:0`, and its shape, in the order in
    which they are stored.
    """

    name: str
    shapes: dict[str, tuple[int, ...]]
    _stored: dict[str, h5py.Dataset]

    @property
    def kernel(self) -> str:
        """The name of the array with more than one axis; empty where there is none."""
        return next((name for name, shape in self.shapes.items() if len(shape) > 1), "")

    @property
    def bias(self) -> str:
        """The name of the only array with one axis; empty where there is none, or several."""
        flat = [name for name, shape in self.shapes.items() if len(shape) == 1]
        return flat[0] if len(flat) == 1 else ""

    def read(self, name: str) -> np.ndarray:
        """An array, float32. Raises OSError where the file is cut."""
        return np.asarray(self._stored[name][()], np.float32)


@contextmanager
def keras_layers(path: Path) -> Iterator[list[KerasLayer]]:
    """The layers that have weights, in the network's order, while the file is open.

    Raises UsageError where there is no such file, WeightsError where it is no Keras HDF5 file or is cut, UnsafeData
    where a link leads out of it, MissingExtra without h5py.
    """
    import h5py

    if not path.is_file():
        raise UsageError(f"{path}: no such file: give weights that Keras saved as HDF5")
    try:
        with h5py.File(path, "r") as file:
            yield list(_layers(path, file))
    except (OSError, RuntimeError, KeyError, TypeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise WeightsError(f"{path} does not read as Keras' HDF5 ({said:.120}): fetch it again") from error


def _layers(path: Path, file: h5py.File) -> Iterator[KerasLayer]:
    top = _inside(path, file, "model_weights") if "model_weights" in file else file
    names = _names(path, top.attrs)
    if not 0 < len(names) <= _LAYERS:
        raise WeightsError(f"{path} names {len(names)} layers in `layer_names`: these are no weights that Keras saved")
    for name in names:
        stored = _arrays(path, _inside(path, top, name), _DEPTH)
        if stored:
            yield KerasLayer(name, {key: one.shape for key, one in stored.items()}, stored)


def _names(path: Path, attributes: h5py.AttributeManager) -> list[str]:
    """`layer_names`, or where it is too long for one attribute `layer_names0`, `layer_names1`, ..."""
    numbered = takewhile(attributes.__contains__, (f"layer_names{number}" for number in count()))
    found: list[str] = []
    for part in ("layer_names",) if "layer_names" in attributes else numbered:
        if attributes.get_id(part).get_storage_size() > _ATTRIBUTE:
            raise ValueError(f"its attribute {part} has more than {_ATTRIBUTE} bytes")
        check_heaps(path, attributes.get_id(part).dtype)
        found += [one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for one in attributes[part]]
    return found


def _inside(path: Path, group: h5py.Group, name: str) -> h5py.Group:
    """A group in a group. Raises UnsafeData for a link, KeyError where there is none."""
    found = _member(path, group, name)
    if not hasattr(found, "attrs") or not hasattr(found, "keys"):
        raise WeightsError(f"{path}: {found.name!s:.60} is no group: these are no weights that Keras saved")
    return found


def _member(path: Path, group: h5py.Group, name: str) -> Any:
    import h5py

    if not isinstance(group.get(name, getlink=True), h5py.HardLink):
        raise UnsafeData(
            f"{path}: {group.name!s:.60}/{name!s:.60} is a link or absent, and links are not followed: fetch it again"
        )
    return group[name]


def _arrays(path: Path, group: h5py.Group, depth: int) -> dict[str, h5py.Dataset]:
    """The arrays of a layer's group, or of its first subgroup."""
    import h5py

    members = {name: _member(path, group, name) for name in group}
    found = {name.partition(":")[0]: one for name, one in members.items() if isinstance(one, h5py.Dataset)}
    for name, one in found.items():
        _check(path, name, one)
    below = [one for one in members.values() if isinstance(one, h5py.Group)]
    return found if found or not below or not depth else _arrays(path, below[0], depth - 1)


def _check(path: Path, name: str, array: h5py.Dataset) -> None:
    if array.external or array.is_virtual:
        raise UnsafeData(f"{path}: {array.name!s:.80} lies in another file, which is not read: fetch the file again")
    if array.dtype.kind != "f":
        raise WeightsError(f"{path}: {array.name!s:.80} holds {array.dtype}, must be floating point")
