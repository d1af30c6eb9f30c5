"""Is a shard what it says? The quick check walks its headers; the deep one accounts for every byte.

The format leaves a writer no freedom outside the bodies: a header is a function of its member's name, size and
checksum, padding is zero, two zero blocks end the file. So the deep check writes each header again and
compares, and holds each body against its crc32c.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from fastcrc import crc32

from faceshards.errors import FaceshardsError, ShardError, UnsafeData
from faceshards.shards.index.index import front_of
from faceshards.shards.storage.extent import CHUNK
from faceshards.shards.storage.files import open_file
from faceshards.shards.storage.remote import Sliced, StoreOptions
from faceshards.shards.storage.url import Place
from faceshards.shards.tar.front import Front, front_size, generation
from faceshards.shards.tar.header import BLOCK, END, member_header
from faceshards.shards.tar.members import Member, TarBytes
from faceshards.shards.tar.scan import TarScan


@dataclass(frozen=True)
class Defect:
    """One thing that is wrong: the byte where it begins, and a line about it."""

    offset: int
    says: str

    def __str__(self) -> str:
        return f"byte {self.offset}: {self.says}"


@dataclass(frozen=True)
class Verdict:
    """What a check found. `foreign` tars carry no checksums: their bodies are unchecked."""

    members: int
    defects: tuple[Defect, ...]
    foreign: bool

    @property
    def whole(self) -> bool:
        """Nothing wrong was found."""
        return not self.defects


def verify(path: str | Place, deep: bool = False, options: StoreOptions | None = None) -> Verdict:
    """Checks length, front record, headers and generation; with `deep` every byte of the file.

    Damage is returned, never raised; only a file that cannot be opened raises (ShardError, StorageError, OSError).
    """
    members: list[Member] = []
    with closing(open_file(path, options)) as file:
        try:
            front = front_of(file)
            defects = list(_defects(TarScan(file.data(), file.place.name), front, members, deep))
        except (ShardError, UnsafeData) as error:
            return Verdict(len(members), (Defect(0, str(error)),), False)
    return Verdict(len(members), tuple(defects), front is None)


def _defects(scan: TarScan, front: Front | None, members: list[Member], deep: bool) -> Iterator[Defect]:
    end = front_size(bytes(scan.data[:BLOCK])) if front else 0
    try:
        for member in scan:
            if front and deep:
                yield from _member_defects(scan.data, member, end)
            members.append(member)
            end = member.end
    except FaceshardsError as error:
        yield Defect(end, str(error))
        return
    if front is None:
        return
    table = [(m.name.encode("utf-8", "surrogateescape"), m.size, m.crc32c or 0) for m in members]
    if generation(table) != front.generation:
        yield Defect(0, f"the members are not those of generation {front.generation}")
    if deep and bytes(scan.data[end:]) != END:
        yield Defect(end, "the end is not two zero blocks")


def _member_defects(data: TarBytes | Sliced, member: Member, expected_start: int) -> Iterator[Defect]:
    """Header as the writer writes it, where the last member ended; the body's checksum; the padding."""
    name = member.name.encode("utf-8", "surrogateescape")
    if member.crc32c is None:
        yield Defect(member.start, f"{member.name} carries no checksum")
        return
    header = member_header(name, member.size, member.crc32c)
    if member.start != expected_start or data[expected_start : member.offset] != header:
        yield Defect(member.start, f"the header of {member.name} is not as it was written")
    if _crc(data, member.offset, member.size) != member.crc32c:
        yield Defect(member.offset, f"{member.name} differs from its checksum")
    padding = data[member.offset + member.size : member.end]
    if any(padding):
        yield Defect(member.offset + member.size, f"the padding of {member.name} is not zero")


def _crc(data: TarBytes | Sliced, offset: int, size: int) -> int:
    crc = 0
    for start in range(offset, offset + size, CHUNK):
        crc = crc32.iscsi(data[start : min(start + CHUNK, offset + size)], crc)
    return crc
