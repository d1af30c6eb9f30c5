"""The members of one unit, as `media.clip.Clip` reads them."""

from __future__ import annotations

from dataclasses import dataclass

from faceshards.loaders.fetch.bodies import Bodies


@dataclass(frozen=True)
class UnitMembers:
    """The members of a unit, as `media.members.MemberReader`."""

    bodies: Bodies
    unit: int

    def size(self, column: str) -> int:
        """Bytes of a member; 0 where the sample lacks it."""
        return self.bodies.size(self.unit, column)

    def read(self, column: str) -> bytes:
        """A whole member, held against its checksum."""
        return self.bodies.read(self.unit, column)

    def read_range(self, column: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of a member."""
        return self.bodies.read_spans(self.unit, column, [(start, stop)])[0]
