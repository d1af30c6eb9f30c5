"""Models that are folders: found by path or name, told by what is in them; nothing is fetched unasked."""

import hashlib
from pathlib import Path

import pytest

from faceshards.errors import MissingExtra, WeightsError
from faceshards.models.weights.hub import contents_of, model_folder


def folder_of(path: Path, files: dict[str, bytes]) -> Path:
    for name, body in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(body)
    return path


def test_a_folder_is_itself_and_is_told_by_what_is_in_it(tmp_path):
    files = {"config.json": b"{}", "model.safetensors": b"w", "vocab.txt": b"v", "README.md": b"no part of it"}
    folder = folder_of(tmp_path / "tiny", files)
    assert model_folder(str(folder), "language.model", "features", ()) == folder
    parts = {name: hashlib.sha256(body).hexdigest() for name, body in files.items() if name != "README.md"}
    assert contents_of(folder, "language.model") == parts
    moved = folder.rename(tmp_path / "elsewhere")
    assert contents_of(moved, "language.model") == parts
    (moved / "model.safetensors").write_bytes(b"x")
    assert contents_of(moved, "language.model") != parts


def test_a_file_of_hugging_faces_cache_is_told_by_the_name_of_its_blob(tmp_path):
    blob = folder_of(tmp_path, {"blobs/" + "ab" * 32: b"large"}) / "blobs" / ("ab" * 32)
    folder = folder_of(tmp_path / "snapshots" / "1", {"config.json": b"{}"})
    (folder / "model.safetensors").symlink_to(blob)
    assert contents_of(folder, "x")["model.safetensors"] == "ab" * 32


@pytest.mark.parametrize(
    ("files", "lacks"),
    [({"config.json": b"{}", "pytorch_model.bin": b""}, ".safetensors"), ({"a.safetensors": b""}, "config.json")],
)
def test_a_folder_that_holds_no_model_is_refused(tmp_path, files, lacks):
    with pytest.raises(WeightsError, match=f"language.model .* has no {lacks}"):
        contents_of(folder_of(tmp_path, files), "language.model")


def test_without_its_packages_the_extra_is_named(tmp_path):
    with pytest.raises(MissingExtra, match=r"language.model needs no_such_package, .*faceshards\[features\]"):
        model_folder(str(tmp_path), "language.model", "features", ("no_such_package",))


@pytest.mark.parametrize("name", ["nobody/nothing", "/no/such/folder", "a b"])
def test_a_name_that_is_not_in_the_cache_is_not_fetched_and_the_remedy_is_told(tmp_path, monkeypatch, name):
    pytest.importorskip("huggingface_hub")
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr("socket.socket.connect", lambda *any: pytest.fail("it looked in the net"))
    with pytest.raises(WeightsError, match=rf"language.model '{name}' is no folder, .*`hf download {name}`"):
        model_folder(name, "language.model", "features", ())
