"""Whole-body poses of all persons: a detector, then a network that sees each of them."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.dwpose.dwpose import DwPose as DwPose
    from faceshards.curation.stages.dwpose.dwpose import DwPoseParams as DwPoseParams
else:
    __getattr__ = lazy(__name__, {"dwpose": "DwPose DwPoseParams"})

__all__ = ["DwPose", "DwPoseParams"]
