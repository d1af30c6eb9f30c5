"""Stages that a run does not name, and whose work no longer fits what it was made of: listed, or followed."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from faceshards.curation.contents import RowContents
from faceshards.curation.engine.result import inputs_in
from faceshards.curation.engine.stage import PLANNED, Stage
from faceshards.curation.plan import StagePlan, recipe_of
from faceshards.curation.table import stage_table
from faceshards.shards.reader import Shard
from faceshards.shards.schema.provenance import Provenance


def stale_stages(facts: Mapping[str, Any], contents: RowContents, plan: StagePlan) -> list[str]:
    """The stages, not of the plan, of which a sample with these facts has work that was made of other inputs."""
    others = {name: found for name, found in inputs_in(facts).items() if name not in plan.recipes}
    return [
        name
        for name, found in sorted(others.items())
        if isinstance(found, dict) and any(contents.of(member) != content for member, content in found.items())
    ]


def followed(plan: StagePlan, shard: Shard) -> StagePlan:
    """The plan, where it follows, with the stages that the shard has besides: by the recipe that it has them by, and
    only for the samples that have them.

    Not with one that cannot be made here as it was made there: of another version or other model files, by several
    recipes, of a folder outside the shard, or by a class that is not in the table.
    """
    if not plan.follow:
        return plan
    recipes: dict[str, list[Provenance]] = {}
    for made in shard.provenance.values():
        if made.stage not in plan.recipes:
            recipes.setdefault(made.stage, []).append(made)
    found = [stage for one in recipes.values() if len(one) == 1 and (stage := _again(one[0])) is not None]
    return replace(plan, stages=(*plan.stages, *found), followed=frozenset(stage.name for stage in found))


def _again(made: Provenance) -> Stage[Any] | None:
    """The stage of a recipe; None where it cannot be made here."""
    kind = stage_table().get(made.stage)
    if kind is None:
        return None
    planned = [one.name for one in dataclasses.fields(kind.parameters) if PLANNED.items() <= one.metadata.items()]
    try:
        stage = kind(kind.parameters(**made.params))
    except (TypeError, ValueError):
        return None
    outside = any(stage.record.get(name) != kind().record.get(name) for name in planned)
    return stage if recipe_of(stage) == made and not outside else None
