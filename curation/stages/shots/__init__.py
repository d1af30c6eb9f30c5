"""Where a clip is cut."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.shots.shots import Shots as Shots
    from faceshards.curation.stages.shots.shots import ShotsParams as ShotsParams
else:
    __getattr__ = lazy(__name__, {"shots": "Shots ShotsParams"})

__all__ = ["Shots", "ShotsParams"]
