"""What a wheel holds: every module of the checkout, and what a type checker and a reader of the package need."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("packing", "curation", "loaders", "models", "train", "infer", "bench")


@pytest.fixture(scope="module")
def inside(tmp_path_factory):
    """The names of a wheel's files."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "checkout"
    for name in (*TOP, "faceshards"):  # links as links: the build follows them
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    code = f"from setuptools import build_meta; build_meta.build_wheel({str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], cwd=copy, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_module_is_in_it_under_the_one_import_name(inside):
    modules = {f"faceshards/{file.relative_to(ROOT / 'faceshards')}" for file in (ROOT / "faceshards").rglob("*.py")}
    modules |= {f"faceshards/{file.relative_to(ROOT)}" for top in TOP for file in (ROOT / top).rglob("*.py")}
    assert {name for name in inside if name.endswith(".py")} == modules


def test_types_and_the_page_are_in_it(inside):
    assert {"faceshards/py.typed", "faceshards/viewer/report.html.j2", "faceshards/viewer/report.css"} <= inside
