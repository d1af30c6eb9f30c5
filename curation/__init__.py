"""Stages (columns in, columns out), the engine that runs them over clips, the plan that brings shards up to them."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.engine import Frames as Frames
    from faceshards.curation.engine import Live as Live
    from faceshards.curation.engine import Made as Made
    from faceshards.curation.engine import Net as Net
    from faceshards.curation.engine import Outcome as Outcome
    from faceshards.curation.engine import Resources as Resources
    from faceshards.curation.engine import SoundOf as SoundOf
    from faceshards.curation.engine import Stage as Stage
    from faceshards.curation.plan import StagePlan as StagePlan
    from faceshards.curation.run import run_shard as run_shard
    from faceshards.curation.table import stage_classes as stage_classes
    from faceshards.curation.table import stage_table as stage_table
else:
    __getattr__ = lazy(
        __name__,
        {
            "engine": "Frames Live Made Net Outcome Resources SoundOf Stage",
            "plan": "StagePlan",
            "run": "run_shard",
            "table": "stage_classes stage_table",
        },
    )

__all__ = [
    "Frames",
    "Live",
    "Made",
    "Net",
    "Outcome",
    "Resources",
    "SoundOf",
    "Stage",
    "StagePlan",
    "run_shard",
    "stage_classes",
    "stage_table",
]
