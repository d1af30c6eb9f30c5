"""How good a clip's pictures are, in numbers that cost next to nothing."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.quality.quality import Quality as Quality
    from faceshards.curation.stages.quality.quality import QualityParams as QualityParams
else:
    __getattr__ = lazy(__name__, {"quality": "Quality QualityParams"})

__all__ = ["Quality", "QualityParams"]
