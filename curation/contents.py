"""What members hold, by content: size and checksum, or why there is no value. It stands in the index: no body is read.

A sample's `json.inputs[stage]` keeps it of every member that the stage read, so that a member which somebody replaces,
whoever that is, makes the stage's work stale.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from fastcrc import crc32

from faceshards.curation.engine.need import Frames, Live, Made, Need
from faceshards.curation.engine.stage import ColumnBody, Stage
from faceshards.curation.engine.stage_clip import size_of
from faceshards.errors import ShardError
from faceshards.media.members import RowMembers, clip_column, clip_members, sound_column
from faceshards.shards.reader import Shard
from faceshards.shards.schema.states import DONE, NOT_YET, state_named, state_of
from faceshards.shards.storage.extent import CHUNK

#: [size, crc32c] of a member with a value; else its state: failed, n/a, not yet.
Content = list[int] | str


class ShardContents:
    """The contents of an open shard's members."""

    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self._columns: dict[str, list[Content]] = {}
        self._members: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def members(self, stage: Stage[Any], clip: str, sound: str) -> tuple[str, ...]:
        """The columns that a stage reads of a sample, whose pictures and sound stand in these columns; ascending."""
        place = (stage.name, clip, sound)
        if place not in self._members:
            found = (name for need in stage.needs() for name in self._met(need, clip, sound))
            self._members[place] = tuple(sorted(set(found)))
        return self._members[place]

    def _met(self, need: Need, clip: str, sound: str) -> tuple[str, ...]:
        """The columns that a need is met from."""
        if isinstance(need, (Live, Made)):
            return (need.column,)
        return clip_members(self.shard, clip) if isinstance(need, Frames) else (sound,)

    def of(self, row: int, column: str) -> Content:
        """That of a row's column; `not yet` where the shard lacks the column."""
        if column not in self._columns:
            self._columns[column] = self._column(column)
        return self._columns[column][row]

    def peeked(self, member: str) -> Content:
        """That of KEY/COLUMN; `not yet` where the shard has no such clip any more."""
        key, _, column = member.partition("/")
        try:
            return self.of(self.shard.row(key), column)
        except ShardError:
            return NOT_YET

    def _column(self, column: str) -> list[Content]:
        if not self.shard.has(column):
            return [NOT_YET] * len(self.shard)
        struct = self.shard.index[column].combine_chunks()
        sizes, crcs, states = (struct.field(name).to_pylist() for name in ("size", "crc32c", "state"))
        named = [NOT_YET if state is None else state_named(state) for state in states]
        return [[size, crc] if state == DONE else state for size, crc, state in zip(sizes, crcs, named, strict=True)]


class RowContents:
    """What the members of one row hold: those of the shard, and above them `fresh` ones that are not in it yet, whose
    states `facts`, the row's json, tells.
    """

    def __init__(
        self, contents: ShardContents, row: int, facts: Mapping[str, Any], fresh: Mapping[str, ColumnBody]
    ) -> None:
        self._contents, self._row, self._facts, self._fresh = contents, row, facts, fresh

    def has(self, column: str) -> bool:
        """Whether the sample has a member in a column, be it one without a value."""
        return column in self._fresh or self._contents.shard.has(column)

    def of(self, member: str) -> Content:
        """That of a column, or of another clip's: KEY/COLUMN."""
        if "/" in member:
            return self._contents.peeked(member)
        if member not in self._fresh:
            return self._contents.of(self._row, member)
        body = self._fresh[member]
        state = state_of(self._facts, member, size_of(body))
        return [size_of(body), crc32c_of(body)] if state == DONE else state

    def read_by(self, stage: Stage[Any], peeks: frozenset[str] | set[str] = frozenset()) -> dict[str, Content]:
        """Member -> content of all that a stage reads: what it needs of its own clip, and what it looked at."""
        members = self._contents.members(stage, *self._places)
        return {name: self.of(name) for name in (*members, *sorted(peeks))}

    def holds(self, stage: Stage[Any], inputs: Any) -> bool:
        """Whether a stage would find what it found when `inputs` were taken down; what it looked at, it would again."""
        return isinstance(inputs, dict) and inputs == self.read_by(stage, {name for name in inputs if "/" in name})

    @cached_property
    def _places(self) -> tuple[str, str]:
        """The columns of the pictures and of the sound."""
        shard = self._contents.shard
        clip = clip_column(shard, self._facts)
        return clip, sound_column(RowMembers(shard, self._row)) or clip


def crc32c_of(body: ColumnBody) -> int:
    """The checksum of a member's body."""
    if isinstance(body, bytes):
        return crc32.iscsi(body)
    if body.crc32c is not None:
        return body.crc32c
    crc = 0
    for piece in body.pieces(memoryview(bytearray(CHUNK))):
        crc = crc32.iscsi(piece, crc)
    return crc
