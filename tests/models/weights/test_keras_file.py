"""Keras' HDF5 files: layers in their own order, from any dump; what leads elsewhere or is broken is one line."""

from pathlib import Path

import numpy as np
import pytest

from faceshards.errors import FaceshardsError, UnsafeData, UsageError, WeightsError
from faceshards.models.weights.keras_file import keras_layers
from tests.models.weights.keras_like import write

h5py = pytest.importorskip("h5py")

LAYERS = {
    "zeta": {"kernel": np.ones((3, 3, 2, 4), np.float32), "bias": np.arange(4, dtype=np.float32)},
    "pool": {},
    "alpha": {name: np.full(4, 2.0, np.float64) for name in ("beta", "moving_mean", "moving_variance")},
}


def test_layers_come_in_the_order_of_the_attribute(tmp_path: Path) -> None:
    for model in (False, True):
        with keras_layers(write(tmp_path / "a.h5", LAYERS, model=model)) as layers:
            assert [layer.name for layer in layers] == ["zeta", "alpha"]
            assert (layers[0].kernel, layers[0].bias, layers[1].kernel, layers[1].bias) == ("kernel", "bias", "", "")
            assert layers[0].read("bias").tolist() == [0, 1, 2, 3] and layers[1].read("beta").dtype == np.float32


def test_older_names_and_attributes_in_parts_are_read(tmp_path: Path) -> None:
    path = tmp_path / "old.h5"
    with h5py.File(path, "w") as file:
        file.attrs["layer_names0"], file.attrs["layer_names1"] = [b"a"], [b"b"]
        for name in ("a", "b"):
            file[f"{name}/{name}_W_1:0"], file[f"{name}/{name}_b_1:0"] = np.ones((2, 3)), np.ones(3)
    with keras_layers(path) as layers:
        assert [(one.name, one.kernel, one.bias) for one in layers] == [
            ("a", "a_W_1", "a_b_1"),
            ("b", "b_W_1", "b_b_1"),
        ]


def hostile(path: Path, kind: str) -> Path:
    write(path, LAYERS)
    with h5py.File(path, "a") as file:
        del file["zeta/zeta/kernel:0"]
        if kind == "external-link":
            file["zeta/zeta/kernel:0"] = h5py.ExternalLink("/etc/hostname", "/x")
        elif kind == "soft-link":
            file["zeta/zeta/kernel:0"] = h5py.SoftLink("/alpha/alpha/beta:0")
        elif kind == "layer-link":
            del file["alpha"]
            file["alpha"] = h5py.ExternalLink("other.h5", "/")
        elif kind == "external-data":
            file["zeta/zeta"].create_dataset("kernel:0", (4,), "f4", external=[("/etc/hostname", 0, 16)])
        elif kind == "virtual":
            layout = h5py.VirtualLayout((4,), "f4")
            layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
            file["zeta/zeta"].create_virtual_dataset("kernel:0", layout)
    return path


@pytest.mark.parametrize("kind", ["external-link", "soft-link", "layer-link", "external-data", "virtual"])
def test_what_leads_out_of_the_file_is_refused(tmp_path: Path, kind: str) -> None:
    with pytest.raises(UnsafeData, match=r"bad\.h5") as caught, keras_layers(hostile(tmp_path / "bad.h5", kind)):
        pass
    assert "\n" not in str(caught.value)


def test_what_is_no_file_of_keras_is_one_line(tmp_path: Path) -> None:
    whole = write(tmp_path / "whole.h5", LAYERS).read_bytes()
    (tmp_path / "cut.h5").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "text.h5").write_text("no HDF5 at all")
    with h5py.File(tmp_path / "plain.h5", "w") as file:
        file["x"] = 1
    write(tmp_path / "absent-layer.h5", LAYERS)
    with h5py.File(tmp_path / "absent-layer.h5", "a") as file:
        del file["alpha"]
    write(tmp_path / "words.h5", {"a": {"kernel": np.array([b"x"])}})
    write(tmp_path / "array.h5", {})
    with h5py.File(tmp_path / "array.h5", "a") as file:
        file.attrs["layer_names"], file["a"] = [b"a"], np.ones(2)
    with h5py.File(tmp_path / "loop.h5", "w") as file:
        file.attrs["layer_names"] = [b"a"]
        file["a/b"] = file.create_group("a")
    wrong = {"cut.h5": WeightsError, "text.h5": WeightsError, "plain.h5": WeightsError, "absent-layer.h5": UnsafeData,
             "words.h5": WeightsError, "array.h5": WeightsError, "absent.h5": UsageError}  # fmt: skip
    for name, kind in wrong.items():
        with pytest.raises(kind, match=name) as caught, keras_layers(tmp_path / name):
            pass
        assert isinstance(caught.value, FaceshardsError) and "\n" not in str(caught.value)
    with keras_layers(tmp_path / "loop.h5") as layers:
        assert layers == []


def test_names_in_a_damaged_heap_are_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.h5", LAYERS)
    body = bytearray(path.read_bytes())
    body[body.index(b"GCOL") + 16 : body.index(b"GCOL") + 18] = b"\0\0"
    path.write_bytes(body)
    with pytest.raises(WeightsError, match=r"heap at byte \d+ is damaged"), keras_layers(path):
        pass
