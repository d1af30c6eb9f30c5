"""The exception tree: what the drawing in `errors.py` shows is what the code has, branch by branch."""

import pickle
import re
from importlib import import_module
from pathlib import Path

import pytest

from faceshards import errors
from faceshards.errors import ClipError, FaceshardsError

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("packing", "curation", "loaders", "models", "train", "infer", "bench")


def modules() -> list[str]:
    """Every module of the house but those that run when they are imported."""
    folders = [("faceshards", ROOT / "faceshards"), *((f"faceshards.{name}", ROOT / name) for name in PACKAGES)]
    names = []
    for package, folder in folders:
        for file in folder.rglob("*.py"):
            if file.name not in ("__init__.py", "__main__.py"):
                names.append(".".join([package, *file.relative_to(folder).with_suffix("").parts]))
    return names


def drawn() -> dict[str, str]:
    """Class -> its parent, as the drawing shows them."""
    tree, above = {}, {}
    for line in errors.__doc__.split("\n\n")[1].splitlines():
        branch, name = re.match(r"([|` -]*)(\w+)", line).groups()
        depth = len(branch) // 4
        above[depth] = name
        if depth:
            tree[name] = above[depth - 1]
    return tree


def found() -> dict[str, str]:
    """Class -> its parent, as the code has them."""
    for name in modules():
        import_module(name)
    tree, waiting = {}, [FaceshardsError]
    while waiting:
        parent = waiting.pop()
        for child in parent.__subclasses__():
            if child.__module__.startswith("faceshards."):
                tree[child.__name__] = parent.__name__
                waiting.append(child)
    return tree


def test_the_drawing_is_the_tree():
    assert drawn() == found()


def test_an_error_of_a_clip_crosses_processes_and_knows_its_code():
    error = pickle.loads(pickle.dumps(ClipError("no-face", "a is bad")))  # noqa: S301 - its own bytes
    assert (error.code, str(error)) == ("no-face", "a is bad")
    with pytest.raises(ValueError, match="reason code must be one of"):
        ClipError("tired", "a")
