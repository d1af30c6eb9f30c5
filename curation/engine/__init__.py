"""Stages over clips: one decode a clip, batches across clips, bounded memory."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.engine.clip_work import ClipTask as ClipTask
    from faceshards.curation.engine.clip_work import Done as Done
    from faceshards.curation.engine.engine import Engine as Engine
    from faceshards.curation.engine.need import Frames as Frames
    from faceshards.curation.engine.need import Live as Live
    from faceshards.curation.engine.need import Made as Made
    from faceshards.curation.engine.need import SoundOf as SoundOf
    from faceshards.curation.engine.network import Net as Net
    from faceshards.curation.engine.outlet import Outlet as Outlet
    from faceshards.curation.engine.stage import Failure as Failure
    from faceshards.curation.engine.stage import NotApplicable as NotApplicable
    from faceshards.curation.engine.stage import Outcome as Outcome
    from faceshards.curation.engine.stage import Resources as Resources
    from faceshards.curation.engine.stage import Stage as Stage
    from faceshards.curation.engine.stage_clip import StageClip as StageClip
else:
    __getattr__ = lazy(
        __name__,
        {
            "clip_work": "ClipTask Done",
            "engine": "Engine",
            "need": "Frames Live Made SoundOf",
            "network": "Net",
            "outlet": "Outlet",
            "stage": "Failure NotApplicable Outcome Resources Stage",
            "stage_clip": "StageClip",
        },
    )

__all__ = [
    "ClipTask",
    "Done",
    "Engine",
    "Failure",
    "Frames",
    "Live",
    "Made",
    "Net",
    "NotApplicable",
    "Outcome",
    "Outlet",
    "Resources",
    "SoundOf",
    "Stage",
    "StageClip",
]
