"""The state of one shard and of its index: what `faceshards index` finds, and builds where it is missing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import Any, Literal

import pyarrow as pa

from faceshards.errors import ShardError, StorageError, UnsafeData
from faceshards.shards.index.file import read_index
from faceshards.shards.index.index import build, front_of, index_path, save
from faceshards.shards.repair.verify import Defect, verify
from faceshards.shards.storage.files import File, open_file
from faceshards.shards.storage.url import Place
from faceshards.shards.storage.version import Version

#: How much is checked: what the index needs; length, front record, headers and generation; every byte.
Depth = Literal["index", "headers", "bytes"]


@dataclass(frozen=True)
class Checkup:
    """What was found.

    `state`: `whole` and `damaged` speak of what was checked; `unverified`: nothing was; `unchecked`: a foreign tar,
    which carries no checksums; `unreadable`: nobody knows. `index`: `current`; `built` (there was none) or `rebuilt`
    (it was stale); `unsaved` (it may not be written there, which is no fault of the shard); `wrong` (it is of this
    generation and says something else than the tar); `none` (the shard is damaged or unreadable). `refused` says why a
    shard is unreadable or its index unsaved. `samples` is None where no index could be had. `version`: of the file that
    was looked at.
    """

    place: Place
    state: Literal["whole", "unverified", "unchecked", "damaged", "unreadable"]
    index: Literal["current", "built", "rebuilt", "unsaved", "wrong", "none"]
    bytes: int
    samples: int | None
    defects: tuple[Defect, ...] = ()
    version: Version | None = None
    refused: str = ""

    @property
    def broken(self) -> bool:
        """Whether something is wrong with the shard or its index."""
        return bool(self.defects)


def check_up(place: Place, depth: Depth) -> Checkup:
    """Checks a shard as deep as asked, and builds and saves its index where it is missing or stale.

    Damage and refusal are returned, never raised. Raises ShardError where there is no file.
    """
    try:
        with closing(open_file(place)) as file:
            return _checked(file, depth)
    except StorageError as error:
        return Checkup(place, "unreadable", "none", 0, None, refused=str(error))


def _checked(file: File, depth: Depth) -> Checkup:
    foreign, defects = _verified(file, depth)
    if defects:
        return Checkup(file.place, "damaged", "none", file.size, None, defects, file.version)
    try:
        index, table, defects, refused = _index(file, compare=depth != "index")
    except (ShardError, UnsafeData) as error:  # what only the scan of an index looks at: the json's bytes
        return Checkup(file.place, "damaged", "none", file.size, None, (Defect(0, str(error)),), file.version)
    state: Any = "unverified" if depth == "index" else "unchecked" if foreign else "whole"
    return Checkup(file.place, state, index, file.size, table.num_rows, defects, file.version, refused)


def _verified(file: File, depth: Depth) -> tuple[bool, tuple[Defect, ...]]:
    """Whether it is a foreign tar, and its defects."""
    try:
        foreign = front_of(file) is None
    except (ShardError, UnsafeData) as error:
        return False, (Defect(0, str(error)),)
    return foreign, () if depth == "index" else verify(file.place, deep=depth == "bytes").defects


def _index(file: File, compare: bool) -> tuple[Any, pa.Table, tuple[Defect, ...], str]:
    """The state of the index, its table, its defects, and why it was not saved; `compare` holds it against the tar."""
    name = index_path(file.place).name
    beside = file.beside(name)
    table = None if beside is None else read_index(beside, front_of(file), file.size, file.version.mark)
    if table is None:
        table = build(file)
        try:
            save(table, file)
        except StorageError as error:
            return "unsaved", table, (), str(error)
        return "built" if beside is None else "rebuilt", table, (), ""
    if compare and not table.equals(build(file)):
        return "wrong", table, (Defect(0, f"{name} is of this generation and says something else than the tar"),), ""
    return "current", table, (), ""
