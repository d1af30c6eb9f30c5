"""One file a view: how the rows of a dataset become what a model eats."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.views.speech_to_face import FaceWithPoints as FaceWithPoints
    from faceshards.loaders.views.speech_to_face import VoiceWithFace as VoiceWithFace
else:
    __getattr__ = lazy(__name__, {"speech_to_face": "FaceWithPoints VoiceWithFace"})

__all__ = ["FaceWithPoints", "VoiceWithFace"]
