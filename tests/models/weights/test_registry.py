"""The weights registry: where files are looked for, and that nothing passes unchecked."""

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.errors import WeightsError
from faceshards.models.weights import registry
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS

ROOT = Path(__file__).resolve().parents[3]
BODY = b"a model file"


def toy(**changes: object) -> Weights:
    fields: dict[str, object] = {
        "name": "toy",
        "files": ("toy.onnx", "toy_under_another_name.onnx"),
        "size": len(BODY),
        "sha256": hashlib.sha256(BODY).hexdigest(),
        "licence": "CC0",
        "source": "example.org",
        "needed_by": "tests",
    }
    return Weights(**(fields | changes))  # type: ignore[arg-type]


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, Path]:
    """The folder of the variable and the user's cache, both empty."""
    shared, home = tmp_path / "shared", tmp_path / "home"
    cache = home / ".cache" / "faceshards" / "weights"
    for folder in (shared, cache):
        folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(shared))
    monkeypatch.setitem(WEIGHTS, "toy", toy())
    return shared, cache


def test_the_variables_folder_comes_before_the_cache(places: tuple[Path, Path]) -> None:
    shared, cache = places
    (cache / "toy.onnx").write_bytes(BODY)
    assert registry.find("toy") == cache / "toy.onnx"
    (shared / "toy_under_another_name.onnx").write_bytes(BODY)
    assert registry.find("toy") == shared / "toy_under_another_name.onnx"
    assert registry.read("toy") == BODY


def test_without_the_variable_only_the_cache_is_searched(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FACESHARDS_WEIGHTS")
    assert registry.folders() == [places[1]]


@pytest.mark.parametrize("body", [b"A model file", BODY + b"!", b""])
def test_a_wrong_file_is_an_error_even_when_a_right_one_lies_behind_it(places: tuple[Path, Path], body: bytes) -> None:
    shared, cache = places
    (shared / "toy.onnx").write_bytes(body)
    (cache / "toy.onnx").write_bytes(BODY)
    for function in (registry.find, registry.read):
        with pytest.raises(WeightsError, match="is not toy: sha256"):
            function("toy")


def test_absent_files_say_the_remedy(places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WeightsError, match=r"weights add toy FILE.*licence: CC0"):
        registry.find("toy")
    monkeypatch.setitem(WEIGHTS, "toy", toy(url="https://example.org/toy.onnx"))
    with pytest.raises(WeightsError, match="weights pull toy"):
        registry.find("toy")
    monkeypatch.setitem(WEIGHTS, "toy", toy(package=("mtcnn", "no such file")))
    with pytest.raises(WeightsError, match=r"pip install 'faceshards\[faces\]'"):
        registry.find("toy")
    with pytest.raises(WeightsError, match=r"not in the registry .*: it has .*yolox_l"):
        registry.find("nonsense")
    with pytest.raises(WeightsError, match=r"not in the registry .*: the nearest are facenet, mobilefacenet$"):
        registry.find("facenett")


def test_a_file_without_a_published_hash_must_be_pinned(
    places: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(WEIGHTS, "toy", toy(sha256=None, size=None))
    path = places[0] / "toy.onnx"
    path.write_bytes(BODY)
    with pytest.raises(WeightsError, match="pin your file"):
        registry.find("toy")
    registry.record_path(path).write_text(f"{hashlib.sha256(BODY).hexdigest()}  toy.onnx\n")
    assert registry.find("toy") == path
    path.write_bytes(b"another")
    with pytest.raises(WeightsError, match="is not toy"):
        registry.find("toy")


def test_mtcnn_is_found_without_importing_its_package(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from faceshards.models.weights.registry import find\n"
        "print(*(find(f'mtcnn_{net}').name for net in ('pnet', 'rnet', 'onet')))\n"
        "print([name for name in ('mtcnn', 'joblib', 'tensorflow', 'torch') if name in sys.modules])\n"
    )
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin"}
    run = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if "pip install" in run.stderr:
        pytest.skip("the mtcnn package is not installed")
    assert run.stdout.splitlines() == ["pnet.lz4 rnet.lz4 onet.lz4", "[]"], run.stderr


def test_the_table_is_well_formed() -> None:
    for name, weights in WEIGHTS.items():
        assert name == weights.name and weights.files and weights.licence and weights.source and weights.needed_by
        assert weights.sha256 is None or len(bytes.fromhex(weights.sha256)) == 32
        assert weights.size is None or weights.size > 1000
        assert weights.url is None or weights.url.startswith("https://")
    files = [file for weights in WEIGHTS.values() for file in weights.files]
    assert len(files) == len(set(files))


def test_the_real_folders_weights_are_those_of_the_table(real: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(real / "weights"))
    assert registry.find("yunet_2023mar") == real / "weights" / "yunet_s_640.onnx"
    assert registry.find("mobilefacenet") == real / "weights" / "mobilefacenet_pixamatch.onnx"
