"""What a wheel holds: every package of the checkout, none forgotten in pyproject."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETUPTOOLS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]
TOP = ("packing", "curation", "loaders", "models", "train", "infer", "bench")


def test_every_package_is_named():
    inside = {file.parent.relative_to(ROOT) for file in (ROOT / "faceshards").rglob("__init__.py")}
    beside = {file.parent.relative_to(ROOT) for top in TOP for file in (ROOT / top).rglob("__init__.py")}
    names = {".".join(folder.parts): folder for folder in inside}
    names |= {".".join(("faceshards", *folder.parts)): folder for folder in beside}
    assert sorted(SETUPTOOLS["packages"]) == sorted(names)
    assert {name: Path(folder) for name, folder in SETUPTOOLS["package-dir"].items()} == {
        name: folder for name, folder in names.items() if folder in beside
    }
