"""The tar that is made of another tar: where it goes, and what tells one file from another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from faceshards.errors import UsageError
from faceshards.jobs.small_file import exists, make_folder
from faceshards.packing.sources.source_file import SourceFile
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.sink import check_target
from faceshards.shards.storage.url import Place


@contextmanager
def leased_target(source: Place, folder: Place, force: bool) -> Iterator[tuple[Any, Lease]]:
    """The path or URL of the tar of a source's name in a folder, which is made where it is missing, and its lease.

    Raises UsageError where there is no source, where the path is the source's own, and where a file is there already
    (unless `force`); StorageError, also where another process writes it.
    """
    if isinstance(source, Path) and not source.is_file():
        what = "it is a folder" if source.is_dir() else "no such file"
        raise UsageError(f"{source}: {what}: name a tar")
    check_target(folder)
    make_folder(folder)
    path = folder / source.name
    with lease(path) as held:
        if exists(path) and ((itself := _is_one(path, source)) or not force):
            rule = "is the source itself" if itself else "is there already: --force replaces it"
            raise UsageError(f"{path} {rule}{':' if itself else ', or'} name another folder")
        yield path, held


def _is_one(path: Place, source: Place) -> bool:
    return isinstance(path, Path) and isinstance(source, Path) and path.samefile(source)


def file_identity(path: Path) -> dict[str, Any]:
    """What tells a file of a disk from another: path, size in bytes, time of the last change."""
    with closing(SourceFile(path)) as file:
        return file.identity()
