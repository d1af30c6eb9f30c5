"""Stages (columns in, columns out) and the plan that runs them over shards in place."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.clip import StageClip as StageClip
    from faceshards.curation.plan import StagePlan as StagePlan
    from faceshards.curation.run import run_shard as run_shard
    from faceshards.curation.stage import FRAMES as FRAMES
    from faceshards.curation.stage import SOUND as SOUND
    from faceshards.curation.stage import Failure as Failure
    from faceshards.curation.stage import Outcome as Outcome
    from faceshards.curation.stage import Resources as Resources
    from faceshards.curation.stage import Stage as Stage
    from faceshards.curation.table import stage_classes as stage_classes
    from faceshards.curation.table import stage_table as stage_table
else:
    __getattr__ = lazy(
        __name__,
        {
            "clip": "StageClip",
            "plan": "StagePlan",
            "run": "run_shard",
            "stage": "FRAMES SOUND Failure Outcome Resources SOUND Stage",
            "table": "stage_classes stage_table",
        },
    )

__all__ = [
    "FRAMES",
    "SOUND",
    "Failure",
    "Outcome",
    "Resources",
    "Stage",
    "StageClip",
    "StagePlan",
    "run_shard",
    "stage_classes",
    "stage_table",
]
