"""What can be mended of a dataset is mended, and said: indexes, leftovers of killed runs, damaged shards."""

from __future__ import annotations

import os
import re
import shutil
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from faceshards.errors import ShardError, StorageError
from faceshards.shards.append import WORK
from faceshards.shards.index.index import build, index_path, save
from faceshards.shards.repair.checkup import Checkup
from faceshards.shards.repair.salvage import Salvage, salvage, write_report
from faceshards.shards.storage.atomic import storage_errors, sweep
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.local_file import LocalFile

_TEMPORARY = re.compile(r"\.(.+)\.[0-9a-f]{8}\.tmp")


@dataclass(frozen=True)
class Repair:
    """What was done to a shard. `index_rebuilt`: the index said something else than the tar. `salvage`: the shard was
    damaged.
    """

    index_rebuilt: bool
    salvage: Salvage | None

    @property
    def mended(self) -> bool:
        """Whether nothing is broken any more and nothing was lost."""
        return self.salvage is None or (self.salvage.complete and self.salvage.set_aside is not None)


def repair(found: Checkup, set_aside: bool = False) -> Repair:
    """Mends a local shard: a wrong index is rebuilt; the whole samples of a damaged shard go to `NAME-salvaged.tar`.

    The damaged file stays as it is and where it is, unless `set_aside`: then it becomes `NAME.tar.damaged`, which is no
    shard to anyone; and where not one sample is lost, the salvaged shard takes its name, for every row is in its place.

    Raises ShardError as `salvage` does and where a file stands in the way, `Changed` where it is no longer the shard
    that was found damaged, StorageError when the disk refuses or another process writes the shard.
    """
    path = Path(str(found.place))
    if found.state == "damaged":
        with lease(path) as held, LocalFile(path, found.version):  # nobody has written it since it was looked at
            done = salvage(path, held)
            return Repair(False, _set_aside(done) if set_aside else done)
    if found.index == "wrong":
        with LocalFile(path) as file:
            save(build(file), file)
    return Repair(found.index == "wrong", None)


def damaged_path(tar: Path) -> Path:
    """`NAME.tar.damaged` of `NAME.tar`."""
    return tar.with_name(f"{tar.name}.damaged")


def _set_aside(done: Salvage) -> Salvage:
    """Renames the damaged file, whose lease is held; a complete salvage takes its name."""
    aside = damaged_path(done.shard)
    with lease(done.target) if done.target else nullcontext(), storage_errors(done.shard):
        if aside.exists():
            raise ShardError(f"{aside} is there already: move it away and repair again")
        index_path(done.shard).unlink(missing_ok=True)
        os.rename(done.shard, aside)
        if done.complete and done.target:
            os.rename(done.target, done.shard)
            os.rename(index_path(done.target), index_path(done.shard))
            done = replace(done, target=done.shard)
    done = replace(done, set_aside=aside)
    write_report(done)
    return done


def sweep_leftovers(place: Path) -> list[Path]:
    """Removes what killed writers left: temporary files of a shard, or of all files under a folder, and unfinished
    appends. What belongs to a living process stays. Returns what was removed.
    """
    if not place.is_dir():
        return [*sweep(place), *sweep(index_path(place))]
    folders = [place, *(folder for folder in place.rglob("*") if folder.is_dir() and not folder.is_symlink())]
    swept: list[Path] = []
    for folder in folders:
        swept += _sweep_append(folder) if folder.name == WORK else _sweep_folder(folder)
    return sorted(swept)


def _sweep_folder(folder: Path) -> list[Path]:
    found = (match[1] for file in folder.glob(".*.tmp") if (match := _TEMPORARY.fullmatch(file.name)))
    return [gone for name in sorted(set(found)) for gone in sweep(folder / name)]


def _sweep_append(work: Path) -> list[Path]:
    """The work folder of an append, unless one is running."""
    try:
        with lease(work.parent / "append"):
            shutil.rmtree(work)
    except StorageError:
        return []
    return [work]
