"""Arrays that lie beside the files that they were made of: `a_embedding.npy` beside `a.jpg`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from faceshards.packing.sources.archive import Entry


class WithArrays(NamedTuple):
    """A file, and the arrays of it, by their columns."""

    file: Entry
    arrays: dict[str, Entry]


def suffix_of(name: str) -> str:
    """What stands behind the last dot of a file's name, in small letters; nothing without one."""
    file = name.rpartition("/")[2]
    return file.rpartition(".")[2].lower() if "." in file else ""


def stem_of(name: str) -> str:
    """A path without its suffix; a file that is called `.npy` has no other name."""
    stem = name.rpartition(".")[0] if suffix_of(name) else name
    return name if not stem or stem.endswith("/") else stem


def with_arrays(
    files: Iterable[Entry], arrays: Iterable[Entry], endings: Mapping[str, Sequence[str]]
) -> tuple[list[WithArrays], list[Entry]]:
    """Files with their arrays, and the arrays that belong to none. `endings`: column -> what its arrays are called
    behind the file's own name, the first one that is there counts.

    Where several files share a name (`a.jpg`, `a.png`) the array is the first one's.
    """
    left: dict[str, Entry] = {}
    alone = [entry for entry in arrays if left.setdefault(entry.name, entry) is not entry]  # of equal names, in a zip
    found = []
    for file in files:
        stem, own = stem_of(file.name), dict[str, Entry]()
        for column, names in endings.items():
            name = next((f"{stem}{ending}.npy" for ending in names if f"{stem}{ending}.npy" in left), None)
            if name is not None:
                own[column] = left.pop(name)
        found.append(WithArrays(file, own))
    return found, [*left.values(), *alone]
