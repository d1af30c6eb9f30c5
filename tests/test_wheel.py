"""What a wheel holds: every module of the checkout, and what a type checker and a reader of the package need."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("packing", "curation", "loaders", "models", "train", "infer", "bench", "recipes")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel of this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "checkout"
    for name in (*TOP, "faceshards"):  # links as links: the build follows them
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def inside(wheel):
    """The names of the wheel's files."""
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_module_is_in_it_under_the_one_import_name(inside):
    modules = {f"faceshards/{file.relative_to(ROOT / 'faceshards')}" for file in (ROOT / "faceshards").rglob("*.py")}
    modules |= {f"faceshards/{file.relative_to(ROOT)}" for top in TOP for file in (ROOT / top).rglob("*.py")}
    assert {name for name in inside if name.endswith(".py")} == modules


def test_types_recipes_and_the_page_are_in_it(inside):
    assert "faceshards/recipes/talking.toml" in inside
    page = {f"faceshards/viewer/report/{name}" for name in ("report.html.j2", "report.css")}
    assert {"faceshards/py.typed", *page} <= inside


SCRIPT = """
from faceshards.curation import Stage
from faceshards.loaders import Loader, ShardDataset, Window

dataset = ShardDataset("train_set", ["mp4"], window=Window(16), seed=1)
reveal_type(dataset)
reveal_type(dataset.loader(8, 2))
reveal_type(Stage().marks)
ShardDataset("train_set", window="sixteen frames")
"""


def test_a_type_checker_sees_the_types_of_an_installed_wheel(wheel, tmp_path):
    """A script of a user's, outside the checkout, in an environment that holds nothing but the wheel."""
    pytest.importorskip("mypy")
    environment, script = tmp_path / "environment", tmp_path / "script.py"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    (packages,) = environment.glob("lib/python3*/site-packages")
    install = ["--quiet", "--no-deps", "--no-index", "--target", packages, wheel]
    subprocess.run([sys.executable, "-m", "pip", "install", *install], check=True)
    script.write_text(SCRIPT)
    python = ["--python-executable", environment / "bin" / "python", "--cache-dir", tmp_path / "cache"]
    words = [sys.executable, "-m", "mypy", *python, "--ignore-missing-imports", script]
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "MYPYPATH")}
    said = subprocess.run(words, cwd=tmp_path, env=env, capture_output=True, text=True).stdout.splitlines()
    told = [line.split(": ", 1)[1].replace("builtins.", "") for line in said if not line.startswith("Found")]
    assert told == [
        'note: Revealed type is "faceshards.loaders.dataset.ShardDataset"',
        'note: Revealed type is "faceshards.loaders.serve.loader.Loader"',
        'note: Revealed type is "tuple[str, ...]"',
        'error: Argument "window" to "ShardDataset" has incompatible type "str"; expected "Window | None"  [arg-type]',
    ]
