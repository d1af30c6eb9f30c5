"""What is offered behind words, and that nothing heavy is imported for it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from faceshards.completion.answer import answer, candidates
from faceshards.shards.filters.recipes import recipes

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["insp"], ["inspect"]),
        (["--ver"], ["--version"]),
        (["pack", "vf"], ["vfhq"]),
        (["pack", "group1.zip", "--rend"], ["--rendition"]),  # of `pack clips`, whose name may be left out
        (["export", "vfhq", "--fo"], ["--force"]),
        (["curate", "x", "--stages", "spectro"], ["spectrogram"]),
        (["curate", "x", "--stages", "spectrogram,spectro"], []),  # once is enough
        (["curate", "x", "--stages=faces,loud"], ["--stages=faces,loudness"]),
        (["curate", "x", "--set", "faces.min"], ["faces.min_face="]),
        (["drop", "x", "--columns", "spectro"], ["spectrogram.npy"]),
        (["explain", "a.tar", "key", "spectrogram.n"], ["spectrogram.npy"]),
        (["explain", "--json", "a.tar", "spectrogram.n"], []),  # the key comes first
        (["weights", "pull", "embed"], ["embedded"]),
        (["weights", "convert", "--era", ""], ["original", "head"]),
        (["inspect", "x", "--out", "de"], []),  # a path: the shell's own
        (["nope", "--he"], ["--help"]),
    ],
)
def test_words_that_may_follow(words, offered):
    assert list(candidates(words)) == offered


def test_recipes_are_those_that_are_found_here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert set(candidates(["inspect", "x", "--where", ""])) == {one.name for one in recipes()} != set()
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "mine.toml").write_text('mine-v1 = "fps > 24"\n')
    assert candidates(["inspect", "x", "--where", "mine"]) == {"mine-v1": "fps > 24"}
    (tmp_path / "recipes" / "mine.toml").write_text("broken")
    assert candidates(["inspect", "x", "--where", "mine"]) == {}


def test_stages_of_packages_are_offered_too(tmp_path, monkeypatch):
    info = tmp_path / "bright-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: bright\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[faceshards.stages]\nbright = nowhere:Bright\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert list(candidates(["curate", "--stages", "brig"])) == ["bright"]


def test_bash_breaks_words_at_an_equals_sign():
    assert answer("bash", ["curate", "x", "--stages", "=", "loud"]) == "loudness\n"
    assert answer("bash", ["weights", "convert", "--era", "="]) == "original\nhead\n"
    assert answer("zsh", ["curate", "x", "--stages=loud"]) == "--stages=loudness\n"


@pytest.mark.parametrize("words", [["curate", "x", "--stages", ""], ["inspect", "x", "--where", ""], ["pack", ""]])
def test_nothing_heavy_is_imported(words):
    code = (
        "import sys, json; from faceshards.__main__ import main; main(sys.argv[1:])\n"
        "print(json.dumps(sorted({one.partition('.')[0] for one in sys.modules})), file=sys.stderr)"
    )
    env = {**os.environ, "_FACESHARDS_COMPLETE": "bash"}
    done = subprocess.run([sys.executable, "-c", code, *words], env=env, cwd=ROOT, capture_output=True, text=True)
    assert done.stdout
    heavy = {"typer", "rich", "numpy", "pyarrow", "av", "torch", "ray", "cv2", "duckdb", "PIL", "obstore"}
    assert not heavy & set(json.loads(done.stderr))
