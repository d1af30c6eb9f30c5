"""The stages that there are: every module below `stages`, what other packages offer, and any class by its name.

A stage of this project is a file below `stages`, and nothing else. Another package offers its own under the entry point
`faceshards.stages`, NAME = "module:Class". `--stages module:Class` takes one that nobody announces.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Sequence
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

import faceshards.curation.stages as package
from faceshards.curation.engine.stage import Stage
from faceshards.errors import StageError, UsageError

#: The group of entry points in which packages offer stages.
GROUP = "faceshards.stages"
#: What `curate` makes where nothing is said, and the order in which stages are listed; others follow by name.
DEFAULT = ("faces", "face_crop", "spectrogram", "loudness")


@cache
def stage_table() -> dict[str, type[Stage[Any]]]:
    """Name -> class of every stage of this project and of installed packages, but for those that do not load."""
    found: dict[str, type[Stage[Any]]] = {}
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        for value in vars(import_module(module.name)).values():
            if isinstance(value, type) and issubclass(value, Stage) and value.__module__ == module.name:
                found[value.name] = value
    names = [*DEFAULT, *sorted(set(found) - set(DEFAULT))]
    table = {name: found[name] for name in names}
    for place in sorted(_offered().values()):
        try:
            kind = _class(place)
        except Exception:  # noqa: BLE001 - a package that is broken breaks nothing but its own stage
            continue
        table.setdefault(kind.name, kind)
    return table


def _offered() -> dict[str, str]:
    """Name -> `module:Class` of what installed packages offer."""
    return {point.name: point.value for point in entry_points(group=GROUP)}


def stage_classes(names: Sequence[str]) -> list[type[Stage[Any]]]:
    """The classes of the named stages; a name with a colon is a class, `module:Class`. Raises UsageError for a name
    that the table lacks, StageError for a class that is none.
    """
    table, offered = stage_table(), _offered()
    unknown = [name for name in names if name not in (*table, *offered) and ":" not in name]
    if unknown or not names:
        near = [*dict.fromkeys(one for name in unknown for one in get_close_matches(name, table, 3))]
        some = f"the nearest of `faceshards stages`, {', '.join(near)}" if near else f"some of {', '.join(table)}"
        got = ", ".join(unknown) or "none"
        raise UsageError(f"--stages must name {some}, or a class as module:Class; got {got}")
    return [table[name] if name in table else _class(offered.get(name, name)) for name in names]


def _class(place: str) -> type[Stage[Any]]:
    """The class that stands at `module:Class`."""
    module, _, attribute = place.partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except Exception as error:
        said = str(error) if isinstance(error, (ImportError, AttributeError)) else f"{type(error).__name__}: {error}"
        raise StageError(f"stage {place}: {said}: it must be importable here as module:Class") from error
    if not (isinstance(found, type) and issubclass(found, Stage) and hasattr(found, "name")):
        raise StageError(f"stage {place} is no faceshards.curation.Stage with a name")
    return found
