"""Samples that were made with another one: a twin wears the face of the clip that its stage looked at.

`json.inputs` says of each stage what it read, also of other clips: `KEY/COLUMN` with size and checksum. So a twin of a
removed clip is found by its key in the same shard, and by those two anywhere, whatever key the clip has there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from faceshards.dataset.removal.undone import makers, undone
from faceshards.shards.reader import Shard
from faceshards.shards.schema.codecs import decode_json
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.states import NOT_YET, stated
from faceshards.shards.storage.url import Place

#: What a member holds: its column, size and crc32c.
MemberContent = tuple[str, int, int]
# Samples whose json is in memory at a time.
_AT_ONCE = 1000


@dataclass(frozen=True)
class Affected:
    """A sample that was made with a removed one: `stages` looked at it, or at what such a stage made; `columns` are
    what these made, `marks` these and the scores of those that make no column.
    """

    shard: Place
    row: int
    key: str
    stages: tuple[str, ...]
    columns: tuple[str, ...]
    marks: frozenset[str]


def contents_of(shard: Shard, rows: Collection[int]) -> set[MemberContent]:
    """What the members of some rows hold, json and members without a value apart."""
    found = set()
    for column in shard.columns:
        if column != "json":
            for row in rows:
                extent = shard.extent(row, column)
                if shard.filled(row, column) and extent.crc32c is not None:
                    found.add((column, extent.size, extent.crc32c))
    return found


def affected_by(
    shard: Shard, keys: Collection[str], contents: Collection[MemberContent], without: Collection[int]
) -> Iterator[Affected]:
    """The samples of a shard, but the rows `without`, that were made with one of the shard's own `keys`, or with a
    member of these `contents`.
    """
    rows = [row for row in range(len(shard)) if row not in without]
    for facts, row in facts_of(shard, rows):
        stages = {stage for stage, read in _inputs(facts).items() if _looks_at(read, keys, contents)}
        if stages:
            stages, marks = _all_of(facts, stages, shard.provenance)
            columns = tuple(name for name in shard.columns if name in marks)
            yield Affected(shard.path, row, shard.keys[row], tuple(sorted(stages)), columns, frozenset(marks))


def facts_of(shard: Shard, rows: list[int]) -> Iterator[tuple[dict[str, Any], int]]:
    """The json of some rows, read a thousand at a time."""
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        for row, body in zip(part, shard.read_column("json", part), strict=True):
            value = decode_json(body)
            yield value if isinstance(value, dict) else {}, row


def taken_back(facts: Mapping[str, Any], one: Affected) -> dict[str, Any]:
    """The json of an affected sample without the work of those stages: their columns are `not yet` made."""
    return stated(undone(facts, one.marks, one.stages, one.stages), one.columns, NOT_YET)


def _inputs(facts: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    inputs = facts.get("inputs")
    found = inputs.items() if isinstance(inputs, dict) else ()
    return {stage: read for stage, read in found if isinstance(read, dict)}


def _looks_at(read: Mapping[str, Any], keys: Collection[str], contents: Collection[MemberContent]) -> bool:
    for member, content in read.items():
        key, slash, column = member.partition("/")
        held = tuple(content) if isinstance(content, list) and all(isinstance(one, int) for one in content) else ()
        if slash and (key in keys or (column, *held) in contents):
            return True
    return False


def _all_of(
    facts: Mapping[str, Any], stages: set[str], provenance: Mapping[str, Provenance]
) -> tuple[set[str], set[str]]:
    """These stages, and those that read what they made, with the marks of all of them."""
    made, inputs = makers(facts, provenance), _inputs(facts)
    while True:
        columns = {name for name, stage in made.items() if stage in stages}
        more = {stage for stage, read in inputs.items() if columns & read.keys()} - stages
        if not more:
            return stages, columns
        stages = stages | more
