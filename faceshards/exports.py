"""What a package offers by its own name, each fetched when it is first asked for, so that importing the package is
light: no torch, no codec, no Ray comes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from faceshards.extras import missing


def lazy(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The `__getattr__` of a package. `homes`: a module of it -> the names that it is home to, with spaces between.

    Type checkers read the package's imports under TYPE_CHECKING instead; tests/test_public.py holds the two together.
    A name whose home needs a package of an extra raises MissingExtra where that is not installed.
    """
    modules = {name: f"{package}.{module}" for module, names in homes.items() for name in names.split()}

    def fetch(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        try:
            return getattr(import_module(modules[name]), name)
        except ImportError as error:
            if extra := missing(error, f"{package}.{name}"):
                raise extra from error
            raise

    return fetch
