"""How good a video is, by a network that was shown what people think of videos."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.curation.stages.video_quality.video_quality import VideoQuality as VideoQuality
    from faceshards.curation.stages.video_quality.video_quality import VideoQualityParams as VideoQualityParams
else:
    __getattr__ = lazy(__name__, {"video_quality": "VideoQuality VideoQualityParams"})

__all__ = ["VideoQuality", "VideoQualityParams"]
