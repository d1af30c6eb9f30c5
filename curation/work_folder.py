"""The work folder of a shard, `.NAME.work/` beside it: what is finished of an unfinished shard.

    generation    the shard that the rest belongs to; a folder of another generation is emptied
    journal       see jobs.journal
    slots         what the worker's threads are at: see jobs.watch
    000012.tar    the clip of row 12, finished: a shard of one sample with the new columns, the clip's new json,
                  and `run.json`, what the work on it cost

It is used under the shard's lease, by one process at a time, and goes when the shard is rewritten. Everything in it
can be made again, so nothing here is synced.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from faceshards.errors import ShardError
from faceshards.jobs.journal import Journal
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import storage_errors
from faceshards.shards.storage.extent import FileExtent
from faceshards.shards.writer import MemberBody, ShardWriter

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
    """Opens (or makes) the work folder of a shard; the caller holds the shard's lease."""

    def __init__(self, shard: Shard) -> None:
        self.path = work_folder(shard.path)
        with storage_errors(self.path):
            self.path.mkdir(exist_ok=True)
            self._settle(shard.generation)
            for left in self.path.glob("*.mp4"):  # a video in the making, of a worker that was killed
                left.unlink(missing_ok=True)
        self.journal, self.slots = Journal(self.path / "journal"), self.path / "slots"

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
        for body in bodies.values():
            if isinstance(body, FileExtent) and body.path.parent == self.path:
                body.path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _clip(self, row: int) -> Path:
        return self.path / f"{row:06d}.tar"

    def _settle(self, generation: str) -> None:
        """Empties a folder that belongs to another generation of the shard."""
        mark = self.path / "generation"
        if mark.is_file() and mark.read_text() == generation:
            return
        for leftover in self.path.iterdir():
            leftover.unlink()
        mark.write_text(generation)
