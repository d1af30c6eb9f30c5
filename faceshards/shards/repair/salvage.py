"""The whole samples of a damaged shard, in a new shard beside it; the damaged file stays as it is.

`NAME.tar` gives `NAME-salvaged.tar`: rows never move under a name, and where a sample is lost, the rows behind it do.
What is lost is listed in `NAME.salvage.json`. Where nothing is lost, the new shard is, byte for byte, what the damaged
one was. Of a foreign tar the bytes of the samples that still stand are copied as they are, and stay unchecked.
"""

from __future__ import annotations

import json
from contextlib import nullcontext, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from faceshards.errors import FaceshardsError, ShardError
from faceshards.shards.index.file import stamp_of
from faceshards.shards.index.index import build, save
from faceshards.shards.repair.survivors import LostSample, Survivors, survivors
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.storage.atomic import AtomicFile, write_all, write_atomic
from faceshards.shards.storage.extent import CHUNK, chunks
from faceshards.shards.storage.lease import Lease, lease
from faceshards.shards.storage.local_file import LocalFile
from faceshards.shards.tar.header import END, padding
from faceshards.shards.writer import ShardWriter


@dataclass(frozen=True)
class Salvage:
    """What was saved of a shard. `target` is the new shard, None where no sample is whole. `samples` is how many there
    were, None where that cannot be told. `checked`: every byte of the new shard held its checksum; else it is a foreign
    tar, whose bytes nothing vouches for. `provenance_whole`: the front record still says what made the columns.
    `set_aside`: where the damaged file is now, None where it was left alone.
    """

    shard: Path
    target: Path | None
    checked: bool
    provenance_whole: bool
    samples: int | None
    kept: int
    lost: tuple[LostSample, ...]
    set_aside: Path | None = None

    @property
    def unnamed(self) -> int | None:
        """Samples of which not even the key is left: kept + lost + unnamed = samples."""
        return None if self.samples is None else self.samples - self.kept - len(self.lost)

    @property
    def complete(self) -> bool:
        """Every sample is there with what made it, and this is known."""
        return self.samples is not None and self.kept == self.samples and self.provenance_whole

    def record(self) -> dict[str, Any]:
        """The JSON object of `NAME.salvage.json`."""
        return {
            "shard": str(self.shard),
            "salvaged": str(self.target) if self.target else None,
            "set_aside": str(self.set_aside) if self.set_aside else None,
            "checked": self.checked,
            "provenance_whole": self.provenance_whole,
            "samples": self.samples,
            "kept": self.kept,
            "lost": [asdict(one) for one in self.lost],
            "unnamed": self.unnamed,
        }


def salvaged_path(tar: Path) -> Path:
    """`NAME-salvaged.tar` of `NAME.tar`."""
    return tar.with_name(f"{tar.stem}-salvaged.tar")


def report_path(tar: Path) -> Path:
    """`NAME.salvage.json` of `NAME.tar`."""
    return tar.with_suffix(".salvage.json")


def salvage(path: str | Path, held: Lease | None = None) -> Salvage:
    """Writes the whole samples of a shard to `NAME-salvaged.tar` and the report beside it. The shard's lease is taken,
    unless the caller has it: `held`.

    A sample is whole when all its members are there and hold their checksums. A second salvage of the same shard finds
    the first one's work. Raises ShardError where another shard stands under the name, or where more samples are found
    than there can be; StorageError when the disk refuses.
    """
    path = Path(path)
    with nullcontext(held) if held else lease(path), LocalFile(path) as file:
        if not file.size:
            raise ShardError(f"{path}: the file is empty: nothing can be salvaged")
        found = survivors(file)
        _refuse_contradictions(path, found)
        target = salvaged_path(path) if found.kept else None
        if target and not _stands(target, found):
            _write_ours(file, found, target) if found.ours else _copy_foreign(file, found, target)
        done = Salvage(
            path,
            target,
            found.ours,
            found.front.provenance_whole or not found.ours,
            found.expected,
            len(found.kept),
            found.lost,
        )
        write_report(done)
    return done


def write_report(done: Salvage) -> None:
    """Writes `NAME.salvage.json`."""
    write_atomic(report_path(done.shard), json.dumps(done.record(), indent=1).encode())


def _refuse_contradictions(path: Path, found: Survivors) -> None:
    """Raises ShardError where remains that look whole cannot all be true."""
    if found.expected is not None and len(found.kept) > found.expected:
        raise ShardError(
            f"{path}: {len(found.kept)} samples look whole where {found.expected} were written: nothing is salvaged"
        )
    front = found.front.front
    if front and len(found.kept) == front.samples and found.generation != front.generation:
        raise ShardError(f"{path}: a name is not the one that was written, which cannot be told: nothing is salvaged")


def _stands(target: Path, found: Survivors) -> bool:
    """Whether the new shard is there already. Raises ShardError where another one is."""
    if not target.exists():
        return False
    with suppress(FaceshardsError), LocalFile(target) as file:
        if stamp_of(build(file).schema)["generation"] == found.generation:
            return True
    raise ShardError(f"{target} is there and holds other samples: move it away and repair again")


def _write_ours(file: LocalFile, found: Survivors, target: Path) -> None:
    """A shard of ours; each body is held against its checksum once more on the way."""
    with ShardWriter(target, provenance=_provenance(found), expected_bytes=file.size) as writer:
        for survivor in found.kept:
            bodies = {
                column: file.extent(member.offset, member.size, member.crc32c)
                for column, member in survivor.members.items()
            }
            writer.add(survivor.key, bodies)


def _provenance(found: Survivors) -> list[Provenance]:
    """What made the columns. Where anything is lost, the salvage itself is added."""
    made = list(found.front.provenance)
    if len(found.kept) == found.expected and found.front.provenance_whole:
        return made
    losses = {"generation": found.front.generation, "samples": found.expected, "kept": len(found.kept)}
    return [*made, Provenance("salvage", 1, losses)]


def _copy_foreign(file: LocalFile, found: Survivors, target: Path) -> None:
    """The members with their own headers, byte for byte. Raises ShardError where the copy reads as something else."""
    buffer = memoryview(bytearray(CHUNK))
    with lease(target) as held, AtomicFile(target) as out, out.errors():
        position = 0
        for member in found.members:
            for piece in chunks(file.fd, member.start, member.offset + member.size - member.start, buffer):
                write_all(out.fd, piece, position)
                position += len(piece)
            zeros = bytes(padding(member.size))
            write_all(out.fd, memoryview(zeros), position)
            position += len(zeros)
        write_all(out.fd, memoryview(END), position)
        with LocalFile(out.temporary) as copy:
            if stamp_of(build(copy).schema)["generation"] != found.generation:
                raise ShardError(
                    f"{file.place}: global headers name its members: unpack it with tar, and pack it again"
                )
        out.commit(held.check)
    with LocalFile(target) as copy:
        save(build(copy), copy)
