"""The face of a clip, cut out: which one it is, along which path, by which rule."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.crop.crop import Crop as Crop
    from faceshards.curation.stages.crop.crop import CropParams as CropParams
else:
    __getattr__ = lazy(__name__, {"crop": "Crop CropParams"})

__all__ = ["Crop", "CropParams"]
