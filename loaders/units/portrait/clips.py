"""The videos of one row, opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faceshards.loaders.fetch.bodies import Bodies
from faceshards.loaders.fetch.members import UnitMembers
from faceshards.media.clip import Clip
from faceshards.shards.schema import codecs
from faceshards.shards.schema.columns import CLIP, VIDEO


@dataclass(frozen=True)
class RowClips:
    """A row's members and what its json says of them."""

    members: UnitMembers
    facts: Mapping[str, Any]

    @classmethod
    def of(cls, bodies: Bodies, row: int) -> RowClips:
        """Those of a row. Raises ColumnError, DamagedShard."""
        facts = codecs.decode("json", bodies.read(row, "json"))
        facts = facts if isinstance(facts, dict) else {}
        return cls(UnitMembers(bodies, row, container_of(facts)), facts)

    def open(self, column: str) -> Clip:
        """The video of a column; "video" is the clip, whatever its container."""
        return Clip(self.members, self.facts, (self.members.container or CLIP) if column == CLIP else column)


def container_of(facts: Mapping[str, Any]) -> str | None:
    """The column that holds the clip, by what the json says; None in a foreign shard, whose clips are read whole."""
    named = facts.get("container")
    return named if isinstance(named, str) and named in VIDEO else None
