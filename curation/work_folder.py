"""The work folder of a shard, `.NAME.work/` beside it: what is finished of an unfinished shard.

    lock          held (flock) by the one process that works on the shard; the kernel frees it when that dies
    generation    the shard that the rest belongs to; a folder of another generation is emptied
    journal       see jobs.journal
    000012.tar    the clip of row 12, finished: a shard of one sample with the new columns, the clip's new json,
                  and `run.json`, what the work on it cost

It goes when the shard is rewritten. Everything in it can be made again, so nothing here is synced.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from faceshards.errors import ShardError, StorageError
from faceshards.jobs.journal import Journal
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.writer import MemberBody, ShardWriter

#: Seconds to wait for a process that is just dying with the lock in its hand.
PATIENCE = 10.0
_RUN = "run.json"


def work_folder(shard: str | Path) -> Path:
    """Where the work folder of a shard is: `a/group124.tar` -> `a/.group124.work`."""
    path = Path(shard)
    return path.with_name(f".{path.stem}.work")


def journal_path(shard: str | Path) -> Path:
    """Where the journal of a shard is."""
    return work_folder(shard) / "journal"


@dataclass(frozen=True)
class Finished:
    """A finished clip: its new json, where its new columns stand, what made them, and what the work cost.

    `run` is {"seconds": {stage: s}, "frames_decoded": n, ...}.
    """

    facts: dict[str, Any]
    columns: dict[str, FileExtent]
    provenance: dict[str, Provenance]
    run: dict[str, Any] = field(default_factory=dict)


class WorkFolder:
    """Opens (or makes) the work folder of a shard and holds its lock. Use as a context manager.

    Raises StorageError when another process works on the shard.
    """

    def __init__(self, shard: Shard, patience: float = PATIENCE) -> None:
        self.path = work_folder(shard.path)
        self._lock = self._locked(patience)
        try:
            self._settle(shard.generation)
            self.journal = Journal(self.path / "journal")
        except BaseException:
            os.close(self._lock)
            raise

    def finished(self, row: int) -> Finished | None:
        """What is finished of a row, None where nothing is."""
        path = self._clip(row)
        if not path.exists():
            return None
        try:
            with Shard(path) as spool:
                columns = {name: spool.extent(0, name) for name in spool.columns if name not in ("json", _RUN)}
                return Finished(spool.json(0), columns, spool.provenance, spool.get(0, _RUN))
        except ShardError:  # a power cut may leave a clip half written: it is made again
            path.unlink()
            return None

    def bodies(self, row: int) -> dict[str, bytes]:
        """The columns of a finished row."""
        with Shard(self._clip(row)) as spool:
            return {name: spool.read(0, name) for name in spool.columns if name not in ("json", _RUN)}

    def finish(self, row: int, key: str, done: Finished, bodies: Mapping[str, MemberBody]) -> None:
        """Keeps a finished clip: `bodies` are its new columns, on top of those that `done` names already."""
        members = {**done.columns, **bodies, "json": done.facts, _RUN: encode_json(done.run)}
        with ShardWriter(self._clip(row), provenance=done.provenance.values(), durable=False) as writer:
            writer.add(key, members)

    def remove(self) -> None:
        """Removes the folder; the lock goes with it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _clip(self, row: int) -> Path:
        return self.path / f"{row:06d}.tar"

    def _locked(self, patience: float) -> int:
        end = time.monotonic() + patience
        while True:
            with storage_errors(self.path):
                self.path.mkdir(exist_ok=True)
                try:
                    fd = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
                except FileNotFoundError:
                    continue  # another process has just removed the folder
            if self._take(fd):
                return fd
            os.close(fd)
            if time.monotonic() > end:
                raise StorageError(f"{self.path}: another run works on this shard: wait for it or end it")
            time.sleep(0.1)

    def _take(self, fd: int) -> bool:
        """Locks the file unless it is held, or is no longer the one in the folder."""
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return os.fstat(fd).st_ino == os.stat(self.path / "lock").st_ino
        except (BlockingIOError, FileNotFoundError):
            return False

    def _settle(self, generation: str) -> None:
        """Empties a folder that belongs to another generation of the shard."""
        mark = self.path / "generation"
        if mark.is_file() and mark.read_text() == generation:
            return
        for leftover in self.path.iterdir():
            if leftover.name != "lock":
                leftover.unlink()
        mark.write_text(generation)

    def __enter__(self) -> WorkFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._lock)
