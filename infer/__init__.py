"""Commands that run trained models."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.infer.faces.face_picture import Face as Face
    from faceshards.infer.faces.face_picture import page as page
    from faceshards.infer.speech_to_face import SpeechToFace as SpeechToFace
else:
    __getattr__ = lazy(__name__, {"faces.face_picture": "Face page", "speech_to_face": "SpeechToFace"})

__all__ = ["Face", "SpeechToFace", "page"]
