"""The work of stages taken back: what a sample's json says when it is as if they had never run on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from faceshards.shards.schema.provenance import Provenance
from faceshards.shards.schema.scalars import SCALARS

#: Makers of samples, whose facts speak of the clip and not of a column.
MAKERS = ("pack", "import")
_NESTED = ("made", "inputs", "media", "states", "failures")


def undone(
    facts: Mapping[str, Any], columns: Collection[str], stages: Collection[str], scored: Collection[str]
) -> dict[str, Any]:
    """The json without what it says of these columns, without the failures and inputs of these stages, and without the
    scalars of the stages that are `scored`: all that these have made is gone.
    """
    new = {name: value for name, value in facts.items() if not _is_score(name, scored)}
    for name, gone in (("made", columns), ("media", columns), ("states", columns), ("inputs", stages)):
        if isinstance(new.get(name), dict):
            new[name] = {one: value for one, value in new[name].items() if one not in gone}
    if isinstance(new.get("failures"), list):
        new["failures"] = [one for one in new["failures"] if not (isinstance(one, dict) and one.get("stage") in stages)]
    return {name: value for name, value in new.items() if value or name not in _NESTED or facts[name] == value}


def _is_score(name: str, stages: Collection[str]) -> bool:
    return name in SCALARS and SCALARS[name].maker in stages


def makers(facts: Mapping[str, Any], provenance: Mapping[str, Provenance]) -> dict[str, str]:
    """Column, or score of a stage without columns -> the stage that made it, as far as a sample's json says it."""
    made = facts.get("made")
    marks = made.items() if isinstance(made, dict) else ()
    return {name: provenance[mark].stage for name, mark in marks if isinstance(mark, str) and mark in provenance}


def unnamed(provenance: Mapping[str, Provenance], facts: Iterable[Mapping[str, Any]]) -> set[str]:
    """The fingerprints of stages' recipes that no sample names: a shard's bytes do not tell what it once held."""
    named = {mark for one in facts if isinstance(made := one.get("made"), dict) for mark in map(str, made.values())}
    return {mark for mark, made in provenance.items() if mark not in named and made.stage not in MAKERS}
