"""Pictures out of a clip."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.media.video.decode import frames as frames
    from faceshards.media.video.decode import pictures as pictures
else:
    __getattr__ = lazy(__name__, {"decode": "frames pictures"})

__all__ = ["frames", "pictures"]
