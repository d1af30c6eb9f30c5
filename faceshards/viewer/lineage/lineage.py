"""How a column of a sample came to be: its state, where it stands, and what made it, down to the clip that was packed.

column -> fingerprint (`json.made`) -> making (front record) -> fingerprints of what was read -> ...
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from faceshards.errors import ColumnError, UsageError
from faceshards.shards.reader import Shard
from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.removed import REMOVED, is_removed
from faceshards.shards.schema.scalars import SCALARS
from faceshards.shards.schema.states import DONE, FAILED, NOT_APPLICABLE, NOT_YET
from faceshards.viewer.lineage.lookup import near
from faceshards.viewer.summary.failures import brief, recorded_failures

#: Why a lineage goes no further: it stands above already, or it is no pipeline but a hostile front record.
TOLD, TOO_DEEP = "told above", "too deep to be told"
_DEEPEST = 64
_CLIP = ("name", "source", "collection", "container", "video_codec", "sound_codec", REMOVED)


@dataclass(frozen=True)
class MemberRead:
    """A member that a stage read, as it was then; `matches`: the one that stands there has these bytes."""

    member: str
    size: int
    crc32c: int
    matches: bool


@dataclass(frozen=True)
class Ancestor:
    """One making in a lineage. `made` is None where the shard does not know the fingerprint; `columns` are those of the
    sample that carry it, each with its state, none where they have been made anew since. `read` is what the sample's
    json says was read. `rest`: why nothing is said of what is behind it, `TOLD` or `TOO_DEEP`.
    """

    fingerprint: str
    made: Provenance | None
    columns: Mapping[str, str]
    read: tuple[MemberRead, ...] = ()
    parents: tuple[Ancestor, ...] = ()
    rest: str = ""

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        known = self.made.record() if self.made else {}
        return {
            "fingerprint": self.fingerprint,
            **{name: known.get(name) for name in ("stage", "version", "params", "models")},
            "columns": dict(self.columns),
            "read": [vars(one) for one in self.read],
            "inputs": [one.record() for one in self.parents],
            "rest": self.rest,
        }


@dataclass(frozen=True)
class Lineage:
    """A column, or a scalar of the json, of one sample. `place` is (offset, size, crc32c) of the member's body, crc32c
    None in a foreign tar; None where there is no member. `value` is a scalar's. `clip`: what the sample says of
    the clip that was packed, by scalar.
    """

    shard: str
    key: str
    row: int
    name: str
    column: str
    state: str
    failure: Mapping[str, str] | None
    place: tuple[int, int, int | None] | None
    value: Any
    made: Ancestor | None
    clip: Mapping[str, str]

    @property
    def what(self) -> str:
        """What the format's tables say of it; empty for a user's own."""
        known = COLUMNS.get(self.column) or SCALARS.get(self.column)
        return known.doc if known else ""

    @property
    def maker(self) -> str:
        """The stage that made it, or would."""
        if self.made is not None and self.made.made is not None:
            return self.made.made.stage
        known = COLUMNS.get(self.column) or SCALARS.get(self.column)
        return known.maker if known else ""

    def record(self) -> dict[str, Any]:
        """As a JSON object."""
        place = dict(zip(("offset", "size", "crc32c"), self.place, strict=True)) if self.place else None
        return {
            "shard": self.shard,
            "key": self.key,
            "row": self.row,
            "name": self.name,
            "column": self.column,
            "what": self.what,
            "state": self.state,
            "failure": dict(self.failure) if self.failure else None,
            "member": place,
            "value": self.value,
            "clip": dict(self.clip),
            "made": self.made.record() if self.made else None,
        }


@dataclass(frozen=True)
class TracedSample:
    """Row `row` of an open shard, and its json; `made` and `provenance` are what they say of makings, checked."""

    shard: Shard
    row: int
    facts: Mapping[str, Any]
    provenance: Mapping[str, Provenance]
    made: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, shard: Shard, row: int) -> TracedSample:
        """Reads the sample's json; a foreign sample may have none. Raises DamagedShard."""
        try:
            facts = shard.json(row)
        except ColumnError:
            facts = {}
        told = facts.get("made")
        made = {name: one for name, one in told.items() if isinstance(one, str)} if isinstance(told, dict) else {}
        return cls(shard, row, facts, shard.provenance, made)

    @property
    def names(self) -> list[str]:
        """The columns of the shard, then the scalars that a stage vouches for."""
        return list(dict.fromkeys([*self.shard.columns, *self.made]))

    def lineage(self, column: str) -> Lineage:
        """Of a column or a scalar. Raises UsageError for a name that neither the sample nor the format knows."""
        mine = [*self.names, *self.facts]
        if not (column in mine or column in COLUMNS or column in SCALARS):
            raise UsageError(
                f"{self.shard.path}: no column or scalar {column!r}: {near(column, mine, [*COLUMNS, *SCALARS])}; "
                "`faceshards explain SHARD KEY` lists those of a sample"
            )
        fingerprint = self._fingerprint(column)
        made = None if fingerprint is None else self._ancestor(fingerprint, {}, 0)
        stage = made.made.stage if made and made.made else self._maker(column)
        failure = self._failure(stage)
        state = self._state(column, failure is not None)
        is_scalar = not self.shard.has(column)
        return Lineage(
            shard=str(self.shard.path),
            key=self.shard.keys[self.row],
            row=self.row,
            name=brief(self.facts.get("name", "")),
            column=column,
            state=state,
            failure=failure if state == FAILED else None,
            place=None if is_scalar else self._place(column),
            value=self.facts.get(column) if is_scalar else None,
            made=made,
            clip={name: brief(self.facts[name]) for name in _CLIP if self.facts.get(name) is not None},
        )

    def _state(self, column: str, failed: bool) -> str:
        """A member's is stated; a scalar's follows from its stage's."""
        if self.shard.has(column):
            return self.shard.state(self.row, column)
        if self.facts.get(column) is not None:
            return DONE
        if failed:
            return FAILED
        if is_removed(self.facts):
            return NOT_APPLICABLE
        return NOT_APPLICABLE if column not in COLUMNS and self._fingerprint(column) is not None else NOT_YET

    def _failure(self, stage: str) -> dict[str, str] | None:
        return next((one for one in recorded_failures(self.facts) if one["stage"] == stage), None)

    def _maker(self, column: str) -> str:
        known = COLUMNS.get(column) or SCALARS.get(column)
        return known.maker if known else ""

    def _fingerprint(self, column: str) -> str | None:
        """What made a column; a scalar beside columns carries the fingerprint of these, also where its stage left it
        out.
        """
        if column in self.made:
            return self.made[column]
        maker = self._maker(column)
        of_stage = (one for one in self.made.values() if one in self.provenance and self.provenance[one].stage == maker)
        there = self.shard.has(column) or column in self.facts or column in SCALARS
        return next(of_stage, None) if there else None

    def _ancestor(self, fingerprint: str, told: dict[str, None], depth: int) -> Ancestor:
        """A making and all that is behind it, each of them once, however a hostile front record winds them."""
        made = self.provenance.get(fingerprint)
        failed = made is not None and self._failure(made.stage) is not None
        columns = {name: self._state(name, failed) for name, one in self.made.items() if one == fingerprint}
        if made is None or fingerprint in told or depth > _DEEPEST:
            rest = "" if made is None else TOLD if fingerprint in told else TOO_DEEP
            return Ancestor(fingerprint, made, columns, rest=rest)
        told[fingerprint] = None
        inputs = self._inputs(made.stage) if columns else {}
        behind = dict.fromkeys(self.made[member] for member in inputs if member in self.made)
        parents = tuple(self._ancestor(one, told, depth + 1) for one in behind)
        return Ancestor(fingerprint, made, columns, self._read(inputs), parents)

    def _inputs(self, stage: str) -> dict[str, Any]:
        """What the json says that a stage read: member -> [size, crc32c], or the state of one without a value."""
        inputs = self.facts.get("inputs")
        told = inputs.get(stage) if isinstance(inputs, dict) else None
        return told if isinstance(told, dict) else {}

    def _read(self, inputs: Mapping[str, Any]) -> tuple[MemberRead, ...]:
        found = []
        for member, one in inputs.items():
            if isinstance(one, list) and len(one) == 2 and all(type(number) is int for number in one):
                stands = self._stands(member)
                found.append(MemberRead(member, one[0], one[1], stands is not None and [*stands[1:]] == one))
        return tuple(found)

    def _stands(self, member: str) -> tuple[int, int, int | None] | None:
        """Where a member stands that was read: a column of the sample, or KEY/COLUMN of another."""
        key, slash, column = member.rpartition("/")
        if not self.shard.has(column) or (slash and key not in self.shard.keys):
            return None
        return self._place(column, self.shard.row(key) if slash else self.row)

    def _place(self, column: str, row: int | None = None) -> tuple[int, int, int | None] | None:
        place = self.shard.index[column][self.row if row is None else row].as_py()
        if place is None or place["offset"] is None:
            return None
        return place["offset"], place["size"], place["crc32c"]
