"""The parts of a bench: those that are asked for, a folder for each, a line for each figure as it comes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from faceshards.bench.figure import Figure
from faceshards.errors import UsageError
from faceshards.terminal import Screen


def chosen(only: Collection[str] | None, parts: Collection[str], called: str = "parts") -> list[str]:
    """The names that `--only` says, all where it says none. Raises UsageError for a name that there is not."""
    for name in only or ():
        if name not in parts:
            raise UsageError(f"--only {name}: the {called} are {', '.join(parts)}")
    return list(only or parts)


def measured(parts: Mapping[str, Callable[[Path], Iterable[Figure]]], work: Path | None) -> list[Figure]:
    """The figures of all parts, each of which is given a folder of its own below `work` (None: the system's temporary
    one); the folder goes behind it.
    """
    console, figures = Screen(stderr=True), list[Figure]()
    folder = Path(tempfile.mkdtemp(prefix="faceshards-bench-", dir=work))
    try:
        for name, measure in parts.items():
            part = folder / name
            part.mkdir()
            for figure in measure(part):
                console.print(f"{figure.work}: {figure.value:.3g} {figure.unit}", highlight=False, markup=False)
                figures.append(figure)
            shutil.rmtree(part)
    finally:
        shutil.rmtree(folder)
    return figures
