"""`faceshards weights` from the outside."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faceshards.errors import WeightsError
from faceshards.models.weights.command import app
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACESHARDS_WEIGHTS", str(tmp_path / "weights"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setitem(WEIGHTS, "own", Weights("own", ("own.h5",), None, None, "CC0", "example.org", "tests"))
    return tmp_path / "weights"


def run(*words: str) -> tuple[int, dict]:
    result = CliRunner().invoke(app, [*words, "--json"])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def test_list_shows_every_entry_and_where_it_lies(folder: Path) -> None:
    code, answer = run("list")
    assert code == 0 and answer["folders"][0] == str(folder)
    rows = {row["name"]: row for row in answer["weights"]}
    assert set(rows) == set(WEIGHTS)
    assert rows["own"]["here"] is None and rows["yolox_l"]["bytes"] == 216_746_733
    assert "yolox_l" in CliRunner().invoke(app, ["list"]).stdout


def test_add_then_check_then_a_flipped_byte(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.h5").write_bytes(b"own weights")
    assert run("check", "own")[0] == 1  # named and absent
    code, answer = run("add", "own", str(tmp_path / "mine.h5"))
    assert code == 0 and Path(answer["path"]) == folder / "own.h5"
    code, answer = run("check", "own")
    assert (code, answer["weights"][0]["state"]) == (0, "ok")
    (folder / "own.h5").write_bytes(b"own weightz")
    code, answer = run("check")
    states = {row["name"]: row["state"] for row in answer["weights"]}
    assert code == 1 and states["own"] == "wrong" and "yolox_l" not in states


def test_pull_from_a_mirror(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "mirror").write_bytes(b"own weights")
    sha256 = "8d4aa9eb09f25bd1e84ed4d2e5bd7b8ec0cdba8c5df1bbf7b1d5f0e7ba0bd7ca"
    with pytest.raises(WeightsError, match="is not own"):
        run("pull", "own", "--url", (tmp_path / "mirror").as_uri(), "--sha256", sha256)
    assert not (folder / "own.h5").exists()


def test_help_teaches() -> None:
    for words in (["--help"], ["pull", "--help"], ["add", "--help"], ["check", "--help"]):
        result = CliRunner().invoke(app, words)
        assert result.exit_code == 0 and "sha256" in result.stdout


def test_keras_weights_are_made_over(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("h5py")
    from tests.models.weights.keras_like import small_layers, write

    (tmp_path / "cut.h5").write_bytes(write(tmp_path / "small.h5", small_layers()).read_bytes()[:900])
    for name, said in (("small.h5", "they must be those of one of vgg-face"), ("cut.h5", "does not read as Keras")):
        with pytest.raises(WeightsError, match=said):
            run("convert", str(tmp_path / name), "--out", str(tmp_path / "out.pt"))
    assert not (tmp_path / "out.pt").exists()
