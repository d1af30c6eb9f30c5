"""The measures of the house: short files, few loose ones in a folder, a test of its own for nearly every module."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOP = ("packing", "curation", "loaders", "models", "train", "infer", "bench", "fuzz")
MOST_LINES = 250
MOST_FILES = 12
LEAST_TESTED = 0.85


def modules() -> list[Path]:
    """Every module of the checkout, as a path below it; links are not followed."""
    found = [file.relative_to(ROOT) for top in ("faceshards", *TOP) for file in (ROOT / top).rglob("*.py")]
    return [file for file in found if file.name not in ("__init__.py", "__main__.py")]


def own_test(module: Path) -> Path:
    parts = module.parts[1:] if module.parts[0] == "faceshards" else module.parts
    return ROOT / "tests" / Path(*parts[:-1]) / f"test_{module.name}"


def test_files_are_short():
    lines = {str(file): len((ROOT / file).read_text("utf-8").splitlines()) for file in modules()}
    assert not {file: count for file, count in lines.items() if count > MOST_LINES}


@pytest.mark.parametrize("package", ["faceshards/shards", "faceshards/media", "faceshards/viewer", "loaders"])
def test_a_folder_holds_few_loose_files(package):
    folders = Counter(str(file.parent) for file in modules() if file.is_relative_to(package))
    assert not {folder: count for folder, count in folders.items() if count > MOST_FILES}


def test_modules_have_tests_of_their_names():
    without = [str(module) for module in modules() if not own_test(module).exists()]
    share = 1 - len(without) / len(modules())
    assert share >= LEAST_TESTED, f"{share:.0%}: {without}"
