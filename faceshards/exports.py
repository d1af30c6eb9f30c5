"""What a package offers by its own name, each fetched when it is first asked for, so that importing the package is
light: no torch, no codec, no Ray comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package. `homes`: a module of it -> the names that it is home to, with spaces between.

    Type checkers read the package's imports under TYPE_CHECKING instead; tests/test_public.py holds the two together.
    """
    modules = {name: f"{package}.{module}" for module, names in homes.items() for name in names.split()}

    def fetch(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(modules[name]), name)

    return fetch
