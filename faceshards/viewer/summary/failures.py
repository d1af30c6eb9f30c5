"""Why a sample is not whole, and the order of the stages that worked on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import Any

from faceshards.shards.schema.columns import COLUMNS
from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.scalars import SCALARS

#: The consequence of another failure, never the first one.
CONSEQUENCE = "needs-failed"
#: A chain of stages beyond this is no pipeline but a hostile front record; its order is then left to the names.
_DEEPEST = 64


#: A reason is one line; of a longer text the page shows the beginning.
_LONGEST = 400


def brief(text: object) -> str:
    """Text from data, cut to a length that a line can hold."""
    line = str(text)
    return line if len(line) <= _LONGEST else line[:_LONGEST] + "…"


@dataclass(frozen=True)
class RecordedFailure:
    """A failure of a sample: where, the stable code, the particulars."""

    key: str
    name: str
    stage: str
    code: str
    reason: str


def recorded_failures(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """The failures of a sample's json as text, in the order in which they came; other entries are left out."""
    found = facts.get("failures")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [{name: brief(one.get(name, "")) for name in ("stage", "code", "reason")} for one in rows]


def first_failure(key: str, facts: Mapping[str, Any]) -> RecordedFailure | None:
    """The failure that came first, before any that only follows from another one; None for a whole sample."""
    found = recorded_failures(facts)
    if not found:
        return None
    first = next((one for one in found if one["code"] != CONSEQUENCE), found[0])
    return RecordedFailure(key, brief(facts.get("name", key)), first["stage"], first["code"], first["reason"])


def stage_reads(facts: Iterable[Mapping[str, Any]], provenance: Mapping[str, Provenance]) -> dict[str, set[str]]:
    """Stage -> the stages whose columns it read, as samples' jsons have it."""
    reads: dict[str, set[str]] = {}
    for one in facts:
        inputs, made = one.get("inputs"), one.get("made")
        if not (isinstance(inputs, dict) and isinstance(made, dict)):
            continue
        for stage, members in inputs.items():
            marks = (made.get(member) for member in (members if isinstance(members, dict) else ()))
            known = {provenance[mark].stage for mark in marks if isinstance(mark, str) and mark in provenance}
            reads.setdefault(stage, set()).update(known)
    return reads


def stage_order(
    provenance: Mapping[str, Provenance], reads: Mapping[str, Set[str]], failed: Iterable[str] = ()
) -> tuple[str, ...]:
    """The stages that made something, and those that `failed`, each behind those whose results it `reads`; without
    `pack` and `salvage`, which make shards.

    Stages that do not depend on each other stand in the order of the tables of columns and of scalars.
    """
    needs = dict.fromkeys([*failed, *(made.stage for made in provenance.values())])
    makers = dict.fromkeys(one.maker for table in (COLUMNS, SCALARS) for one in table.values())
    rank = {maker: place for place, maker in enumerate(makers)}
    order: list[str] = []
    visited = {"pack", "salvage"}

    def visit(stages: Iterable[str], depth: int) -> None:
        for stage in sorted(stages, key=lambda one: (rank.get(one, len(rank)), one)):
            if stage not in visited and depth < _DEEPEST:
                visited.add(stage)
                visit(reads.get(stage, ()), depth + 1)
                order.append(stage)

    visit(needs, 0)
    return tuple(order)
