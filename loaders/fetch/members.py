"""The members of one row, as `media.clip.Clip` reads them."""

from __future__ import annotations

from dataclasses import dataclass

from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.plan.extents import CLIP_PACKETS
from faceshards.shards.schema.columns import CLIP, PACKETS


@dataclass(frozen=True)
class UnitMembers:
    """The members of a row, as `media.members.MemberReader`. `container`: what the plan calls "video"."""

    bodies: Bodies
    row: int
    container: str | None = None

    def size(self, column: str) -> int:
        """Bytes of a member; 0 where the sample has no value there."""
        return self.bodies.size(self.row, self._planned(column))

    def has(self, column: str) -> bool:
        """Whether the sample has a value in a column."""
        return self.size(column) > 0

    def read(self, column: str) -> bytes:
        """A whole member, held against its checksum."""
        return self.bodies.read(self.row, self._planned(column))

    def read_range(self, column: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of a member."""
        return self.bodies.read_spans(self.row, self._planned(column), [(start, stop)])[0]

    def _planned(self, column: str) -> str:
        """The name that the plan has for a column."""
        names = {self.container: CLIP, f"{self.container}.{PACKETS}": CLIP_PACKETS} if self.container else {}
        return names.get(column, column)
