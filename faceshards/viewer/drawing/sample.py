"""One sample of a shard as the viewer sees it: its facts, which column is the clip, which moments to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from faceshards.media.clip import Clip
from faceshards.media.members import RowMembers, clip_column, sound_column
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.provenance import Provenance
from faceshards.viewer.summary.failures import CONSEQUENCE, RecordedFailure, brief, recorded_failures


@dataclass(frozen=True)
class ShownSample:
    """Row `row` of an open shard, and the object in its json. What the json claims is checked before it is used."""

    shard: Shard
    row: int
    facts: dict[str, Any]

    @classmethod
    def of(cls, shard: Shard, row: int) -> ShownSample:
        """Reads the sample's json. Raises DamagedShard or ColumnError where that cannot be."""
        return cls(shard, row, shard.json(row))

    @property
    def key(self) -> str:
        """The sample's key."""
        return self.shard.keys[self.row]

    @property
    def name(self) -> str:
        """The clip's original name."""
        return brief(self.facts.get("name", self.key))

    @property
    def clip(self) -> str:
        """The column that holds the clip itself."""
        return clip_column(self.shard, self.facts)

    @property
    def sound(self) -> str:
        """The column that holds the sound: one of its own, else the clip's."""
        return sound_column(RowMembers(self.shard, self.row)) or self.clip

    def opened(self, column: str) -> Clip:
        """The clip of a column, open."""
        return Clip.of(self.shard, self.row, self.facts, column)

    def moments(self, count: int) -> list[int]:
        """Up to `count` frame numbers, evenly spread, each in the middle of its part of the clip."""
        frames = self.facts.get("frames")
        frames = frames if isinstance(frames, int) and frames > 0 else 1
        return sorted({(2 * place + 1) * frames // (2 * count) for place in range(count)})

    def reason(self, column: str) -> RecordedFailure:
        """Why this column is empty: its stage's failure, or, where that only follows another one, the other."""
        found = recorded_failures(self.facts)
        maker = self._maker(column)
        own = next((one for one in found if one["stage"] == maker), None)
        if own and own["code"] == CONSEQUENCE:  # its reason names the column that it needs
            needed = {_maker(name) for name in COLUMNS if name in own["reason"]}
            own = next((one for one in found if one["stage"] in needed and one["code"] != CONSEQUENCE), own)
        if own is None:
            return self.failure(maker, "empty", "the column is empty and the json does not say why")
        return self.failure(own["stage"], own["code"], own["reason"])

    def made(self, column: str) -> Provenance | None:
        """What made, or failed to make, a column here; None where the shard does not know it."""
        made = self.facts.get("made")
        fingerprint = made.get(column) if isinstance(made, dict) else None
        return self.shard.provenance.get(fingerprint) if isinstance(fingerprint, str) else None

    def _maker(self, column: str) -> str:
        """The stage of that: an import brings what stages make elsewhere."""
        known = self.made(column)
        return known.stage if known else _maker(column)

    def failure(self, stage: str, code: str, reason: str) -> RecordedFailure:
        """A failure of this sample."""
        return RecordedFailure(self.key, self.name, stage, code, reason)


def _maker(column: str) -> str:
    return COLUMNS[column].maker if column in COLUMNS else ""
