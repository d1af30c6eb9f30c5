"""Samples added to a dataset as new shards; what stands there already is never touched.

The new shards are called `NAME-00000.tar`, `NAME-00001.tar`, ...: the number goes on behind the greatest that stands in
the folder under this name (a plain `NAME.tar` counts as number 0). They are written in a hidden folder and moved to
their names when all of them are whole, so that an error or a kill on the way adds nothing.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from faceshards.errors import ShardError, UsageError
from faceshards.shards.index.index import index_path
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import encode_json
from faceshards.shards.schema.provenance import Provenance, provenance_record
from faceshards.shards.schema.states import no_value, void_columns, with_states
from faceshards.shards.storage.atomic import storage_errors, sync_folder
from faceshards.shards.storage.extent import Extent
from faceshards.shards.storage.find import find_shards
from faceshards.shards.storage.lease import lease
from faceshards.shards.storage.url import Place, on_disk, place
from faceshards.shards.tar.front import Front
from faceshards.shards.tar.header import BLOCK, END, member_header_size, padding
from faceshards.shards.writer import MemberBody, ShardWriter

#: The hidden folder in which new shards are written.
WORK = ".append.work"
#: The least `max_bytes`: a front record and a few small members.
LEAST_BYTES = 1 << 16

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.+=-]{0,199}")


def append(
    folder: str | Place,
    samples: Iterable[tuple[str, Mapping[str, MemberBody]]],
    *,
    name: str,
    provenance: Iterable[Provenance] = (),
    max_bytes: int | None = None,
) -> list[Path]:
    """Adds samples, each a key and its members as `ShardWriter.add` takes them; returns the paths of the new shards.

    A shard holds at most `max_bytes`; a larger sample stands alone. All or nothing: the shards get their names when
    the last sample is written (a kill within the renames leaves the first of several). No samples, no shard.

    Raises ShardError for a key that a shard under `folder` or an earlier sample has, and while a damaged shard hides
    its keys; ColumnError for uneven columns; UsageError for a bad name and for a store; StorageError when the disk
    refuses or another process appends to this folder.
    """
    folder = on_disk(place(folder), "append writes to a folder on a disk: upload its shards from there")
    if not _NAME.fullmatch(name):
        raise UsageError(f"name {name!r} must be letters, digits and _ . + = -, and begin with a letter or digit")
    if max_bytes is not None and max_bytes < LEAST_BYTES:
        raise UsageError(f"max_bytes must be at least {LEAST_BYTES}, got {max_bytes}")
    with storage_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with lease(folder / "append"), _work_folder(folder) as work:
        batch = _Batch(work, name, next_number(folder, name), tuple(provenance), max_bytes)
        batch.write(samples, _keys(folder))
        return _publish(batch.shards, folder)


def next_number(folder: Path, name: str) -> int:
    """The number of the next shard of this name: one more than the greatest that stands there, `NAME.tar` being 0."""
    pattern = re.compile(re.escape(name) + r"-(\d{5,})\.tar")
    numbers = [int(found[1]) for file in os.listdir(folder) if (found := pattern.fullmatch(file))]
    numbers += [0] if (folder / f"{name}.tar").exists() else []
    return max(numbers, default=-1) + 1


class _Batch:
    """The shards of one call: `shards` are their paths in the work folder."""

    def __init__(
        self, work: Path, name: str, first: int, provenance: tuple[Provenance, ...], max_bytes: int | None
    ) -> None:
        self._work, self._name, self._first = work, name, first
        self._provenance, self._max_bytes = provenance, max_bytes
        self._frame = BLOCK + Front(provenance=provenance_record(provenance)).body_size() + len(END)
        self.shards: list[Path] = []

    def write(self, samples: Iterable[tuple[str, Mapping[str, MemberBody]]], taken: dict[str, Place]) -> None:
        """Writes all samples; `taken` says which shard has which key, and learns the new ones."""
        writer: ShardWriter | None = None
        filled = 0
        try:
            for key, members in samples:
                if key in taken:
                    raise ShardError(f"key {key!r} is in {taken[key].name} already: give the sample another key")
                members = _encoded(members)
                size = tar_size(key, members)
                if writer is not None and self._max_bytes and filled + size > self._max_bytes:
                    writer.close()
                    writer = None
                if writer is None:
                    writer, filled = self._begin(), self._frame
                writer.add(key, members)
                filled += size
                taken[key] = writer.path
            if writer is not None:
                writer.close()
                writer = None
        finally:
            if writer is not None:
                writer.__exit__(GeneratorExit, None, None)  # as an exception leaves it: nothing gets its name

    def _begin(self) -> ShardWriter:
        self.shards.append(self._work / f"{self._name}-{self._first + len(self.shards):05d}.tar")
        return ShardWriter(self.shards[-1], provenance=self._provenance)


def _encoded(members: Mapping[str, MemberBody]) -> Mapping[str, MemberBody]:
    """The sample with its json as it will stand."""
    facts = members.get("json")
    body = encode_json(facts) if isinstance(facts, Mapping) else facts
    return {**members, "json": with_states(body, void_columns(members))} if isinstance(body, bytes) else members


def tar_size(key: str, members: Mapping[str, MemberBody]) -> int:
    """Bytes that a sample takes in a tar; `json` is encoded already."""
    sizes = {column: _size(column, body) for column, body in members.items()}
    return sum(
        member_header_size(f"{key}.{column}".encode("utf-8", "replace"), size) + size + padding(size)
        for column, size in sizes.items()
    )


def _size(column: str, body: MemberBody) -> int:
    """Bytes of a member."""
    return body.size if isinstance(body, Extent) else len(body or no_value(column))


def _keys(folder: Path) -> dict[str, Place]:
    """Key -> shard of every sample under the folder."""
    taken: dict[str, Place] = {}
    try:
        shards = find_shards(folder)
    except UsageError:  # there is none yet
        return taken
    for path in shards:
        with Shard(path) as shard:
            taken |= dict.fromkeys(shard.keys, path)
    return taken


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """The hidden folder of this run; the lease is held, so what stands there is a killed run's."""
    work = folder / WORK
    shutil.rmtree(work, ignore_errors=True)
    with storage_errors(work):
        work.mkdir()
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _publish(shards: list[Path], folder: Path) -> list[Path]:
    """Moves whole shards to their names, each before its index. Raises ShardError where somebody took one of them."""
    targets = [folder / shard.name for shard in shards]
    with ExitStack() as held:
        for target in targets:
            held.enter_context(lease(target))
            if os.path.lexists(target):
                raise ShardError(f"{target}: written by someone else meanwhile: append again")
        with storage_errors(folder):
            for shard, target in zip(shards, targets, strict=True):
                os.rename(shard, target)
                os.rename(index_path(shard), index_path(target))
            sync_folder(folder)
    return targets
