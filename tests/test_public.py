"""What each package offers: its `__all__` is exact and light, and from outside nothing private is reached for."""

import ast
import subprocess
import sys
from collections import defaultdict
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_layers import HOUSE, ROOMS, files

#: What makes a list, and is no part of it.
TOOLS = {"TYPE_CHECKING", "lazy"}
HEAVY = {"torch", "av", "ray", "cv2", "obstore", "duckdb", "pyarrow", "scipy"}


def sources() -> dict[str, Path]:
    """Module -> its file, for the whole house."""
    tops = [
        ("faceshards", HOUSE),
        *((f"faceshards.{link.name}", link) for link in HOUSE.iterdir() if link.is_symlink()),
    ]
    found = {}
    for name, folder in tops:
        for file in files(folder):
            found[".".join([name, *file.relative_to(folder.resolve()).with_suffix("").parts])] = file
    return found


SOURCES = sources()
PACKAGES = sorted(name.removesuffix(".__init__") for name in SOURCES if name.endswith(".__init__"))


def imported(file: Path) -> list[tuple[str, str]]:
    """(module, name) of each `from module import name` of ours, wherever it stands."""
    nodes = [node for node in ast.walk(ast.parse(file.read_text("utf-8"))) if isinstance(node, ast.ImportFrom)]
    return [
        (str(node.module), alias.name) for node in nodes for alias in node.names if "faceshards" in str(node.module)
    ]


def room(module: str) -> tuple[str, ...]:
    """What is one house to itself: a package, and in those that have rooms a room."""
    parts = module.removesuffix(".__init__").split(".")[1:]
    return tuple(parts[: 2 if parts and parts[0] in ROOMS else 1])


@pytest.mark.parametrize("package", PACKAGES)
def test_all_is_what_a_package_offers(package):
    module = import_module(package)
    for name in module.__all__:
        assert getattr(module, name) is not None
        assert f"{package}.{name}" not in SOURCES, f"{name} is a module of {package} too"
    public = {
        name for name, value in vars(module).items() if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert public - TOOLS <= set(module.__all__) and len(set(module.__all__)) == len(module.__all__)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


@pytest.mark.parametrize("package", [name for name in PACKAGES if name != "faceshards"])
def test_type_checkers_and_the_interpreter_see_the_same_names(package):
    module = import_module(package)
    seen = {name: home for home, name in imported(SOURCES[f"{package}.__init__"]) if name not in TOOLS}
    assert set(seen) == set(module.__all__)
    for name, home in seen.items():
        assert getattr(module, name) is getattr(import_module(home), name)


def test_a_list_is_sorted():
    for package in PACKAGES:
        names = import_module(package).__all__
        kinds = [(0 if name.isupper() else 1 if name[0].isupper() else 2, name) for name in names]
        assert kinds == sorted(kinds), f"{package}: constants, then classes, then functions, each by name"


def test_packages_are_light():
    code = f"import sys, {', '.join(PACKAGES)}; print({HEAVY!r} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=HOUSE.parent, check=True)
    assert done.stdout == "set()\n"


def test_a_name_has_one_meaning():
    """Of classes and of names for types; a type variable means nothing by itself."""
    homes = defaultdict(set)
    for module, file in SOURCES.items():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                homes[node.name].add(module)
            elif isinstance(node, ast.Assign) and not (isinstance(node.value, ast.Call)):
                targets = [target.id for target in node.targets if isinstance(target, ast.Name)]
                for name in targets:
                    if name[0].isupper() and not name.isupper():
                        homes[name].add(module)
    twice = {name: sorted(found) for name, found in homes.items() if len(found) > 1 and not name.startswith("_")}
    assert len(homes) > 250 and not twice


@pytest.mark.parametrize("package", PACKAGES)
def test_nothing_private_is_reached_for_from_outside(package):
    for module, file in SOURCES.items():
        if module.rpartition(".")[0] == package:
            for home, name in imported(file):
                dunder = name.startswith("__")
                assert dunder or room(home) == room(module) or not name.startswith("_"), f"{module}: {home}.{name}"
