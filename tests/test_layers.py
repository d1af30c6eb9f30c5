"""The arrows of docs/design.md: each package imports only what stands below it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
GROUND = {"shards", "media", "jobs", "viewer"}
ALLOWED = {
    "shards": set(),
    "media": {"shards"},
    "jobs": {"shards"},
    "viewer": {"shards", "media"},
    "models": {"shards", "media"},
    "packing": {"shards", "media", "jobs"},
    "curation": GROUND | {"models"},
    "loaders": {"shards", "media"},
}
EVERYTHING = GROUND | {"packing", "curation", "models", "loaders", "train", "infer"}
ALLOWED |= {
    "train": EVERYTHING - {"infer"},
    "infer": EVERYTHING - {"train"},
    "bench": EVERYTHING,
}
NO_TORCH = ("shards", "media", "jobs", "viewer", "packing")


def folder(package: str) -> Path:
    return ROOT / "faceshards" / package if package in GROUND else ROOT / package


def imports(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_stands_below_it(package):
    files = list(folder(package).rglob("*.py"))
    assert files
    allowed = ALLOWED[package] | {package, "errors", "__version__"}
    for file in files:
        for name in imports(file):
            if name.startswith("faceshards."):
                assert name.split(".")[1] in allowed, f"{file.relative_to(ROOT)} imports {name}"
            bare = name.split(".")[0]
            assert bare not in ALLOWED, f"{file.relative_to(ROOT)} imports {name}: say faceshards.{name}"


@pytest.mark.parametrize("package", NO_TORCH)
def test_the_ground_floor_needs_no_torch(package):
    for file in folder(package).rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(file)} & {"torch"}, file


def test_shards_need_no_codec_library():
    for file in folder("shards").rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(file)} & {"av", "cv2", "ray"}, file
