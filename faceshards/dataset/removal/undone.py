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
    return {name: provenance[mark].stage for name, mark in _made(facts).items() if mark in provenance}


def forgotten(
    provenance: Mapping[str, Provenance], before: Iterable[Mapping[str, Any]], after: Iterable[Mapping[str, Any]]
) -> set[str]:
    """The fingerprints of stages' recipes that a sample named and none does any more: a shard's bytes do not tell what
    it once held. What makes samples stays.
    """
    left = {mark for one in after for mark in _made(one).values()}
    named = {mark for one in before for mark in _made(one).values()} - left
    return {mark for mark in named & provenance.keys() if provenance[mark].stage not in MAKERS}


def _made(facts: Mapping[str, Any]) -> dict[str, str]:
    made = facts.get("made")
    marks = made.items() if isinstance(made, dict) else ()
    return {name: mark for name, mark in marks if isinstance(mark, str)}
