"""The members of one sample, wherever their bytes lie: files in memory, a shard on disk, an object in a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from faceshards.shards.schema.columns import PACKETS, SOUND, video_of

if TYPE_CHECKING:
    from faceshards.shards.reader import Shard


class MemberReader(Protocol):
    """Reads the members of a sample by their columns."""

    def has(self, column: str) -> bool:
        """Whether the sample has a value in a column."""

    def size(self, column: str) -> int:
        """Bytes of a member; 0 where the sample has no value there."""

    def read(self, column: str) -> bytes:
        """A whole member, held against its checksum."""

    def read_range(self, column: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of a member."""


@dataclass(frozen=True)
class RowMembers:
    """Those of a row of an open shard."""

    shard: Shard
    row: int

    def has(self, column: str) -> bool:
        """As `MemberReader.has`."""
        return self.shard.filled(self.row, column)

    def size(self, column: str) -> int:
        """As `MemberReader.size`."""
        return self.shard.extent(self.row, column).size if self.has(column) else 0

    def read(self, column: str) -> bytes:
        """As `MemberReader.read`. Raises DamagedShard."""
        return self.shard.read(self.row, column)

    def read_range(self, column: str, start: int, stop: int) -> bytes:
        """As `MemberReader.read_range`."""
        return self.shard.read_range(self.row, column, start, stop)


@dataclass(frozen=True)
class Files:
    """Those that are in memory: column -> bytes."""

    bodies: Mapping[str, bytes]

    def has(self, column: str) -> bool:
        """As `MemberReader.has`: of files, whether there is a byte."""
        return bool(self.bodies.get(column))

    def size(self, column: str) -> int:
        """As `MemberReader.size`."""
        return len(self.bodies.get(column, b""))

    def read(self, column: str) -> bytes:
        """As `MemberReader.read`, without a checksum."""
        return self.bodies[column]

    def read_range(self, column: str, start: int, stop: int) -> bytes:
        """As `MemberReader.read_range`."""
        return self.bodies[column][start:stop]


def sound_column(members: MemberReader) -> str | None:
    """The column of a sample's own sound (an imported `wav`), heard in place of the container's; None without."""
    return next((name for name in SOUND if members.has(name)), None)


def clip_members(shard: Shard, column: str) -> tuple[str, ...]:
    """The columns that are read for the pictures of a clip's column: its own, and its packet table, which has their
    times.
    """
    table = f"{column}.{PACKETS}"
    return (column, table) if shard.has(table) else (column,)


def clip_column(shard: Shard, facts: Mapping[str, Any]) -> str:
    """The column that holds the clip of a sample: what its json says, else the shard's video column, in a shard of
    sound alone the sound's. Raises ColumnError where there is none.
    """
    named = facts.get("container")
    if isinstance(named, str) and shard.has(named):
        return named
    sounds = (name for name in SOUND if shard.has(name) and video_of(shard.columns) is None)
    return next(sounds, None) or shard.video()
