"""Why a sample is not whole: of all failures that its json records, the one that came first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceshards.shards.columns import COLUMNS
from faceshards.shards.provenance import Made
from faceshards.shards.scalars import SCALARS

#: The consequence of another failure, never the first one.
CONSEQUENCE = "needs-failed"
#: Provenance deeper than this is no pipeline: it bounds the walk over a hostile front record.
_DEEPEST = 64


@dataclass(frozen=True)
class Failure:
    """Why a sample is not whole: the first stage that failed on it."""

    key: str
    name: str
    stage: str
    code: str
    reason: str


def recorded_failures(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    """The failures of a sample's json as text; entries of another form are left out."""
    found = facts.get("failures")
    rows = [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
    return [{name: str(one.get(name, "")) for name in ("stage", "code", "reason")} for one in rows]


def first_failure(key: str, facts: Mapping[str, Any], stages: Sequence[str]) -> Failure | None:
    """The failure at the earliest stage, a consequence of another one only where there is nothing else."""
    rank = {stage: place for place, stage in enumerate(stages)}
    found = recorded_failures(facts)
    if not found:
        return None
    first = min(found, key=lambda one: (one["code"] == CONSEQUENCE, rank.get(one["stage"], len(rank))))
    return Failure(key, str(facts.get("name", key)), first["stage"], first["code"], first["reason"])


def stage_order(provenance: Mapping[str, Made], facts: Iterable[Mapping[str, Any]] = ()) -> tuple[str, ...]:
    """All stages that made or failed to make something, each after those whose results it read; `pack` is left out.

    Stages that do not depend on each other stand in the order of the tables of columns and scalars.
    """
    depth = dict.fromkeys(provenance, 0)
    for _ in range(min(len(depth), _DEEPEST)):
        deeper = {
            name: max((depth[one] + 1 for one in made.inputs if one in depth), default=0)
            for name, made in provenance.items()
        }
        if deeper == depth:
            break
        depth = deeper
    deepest: dict[str, int] = {}
    for name, made in provenance.items():
        deepest[made.stage] = max(depth[name], deepest.get(made.stage, 0))
    for one in facts:
        for failure in recorded_failures(one):
            deepest.setdefault(failure["stage"], _DEEPEST)
    makers = list(dict.fromkeys(one.maker for table in (COLUMNS, SCALARS) for one in table.values()))
    rank = {maker: place for place, maker in enumerate(makers)}
    return tuple(
        sorted(deepest.keys() - {"pack"}, key=lambda stage: (deepest[stage], rank.get(stage, len(rank)), stage))
    )
