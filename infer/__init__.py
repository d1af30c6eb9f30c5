"""Commands that run trained models."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.infer.face_picture import Face as Face
    from faceshards.infer.face_picture import side_by_side as side_by_side
    from faceshards.infer.speech_to_face import SpeechToFace as SpeechToFace
else:
    __getattr__ = lazy(__name__, {"face_picture": "Face side_by_side", "speech_to_face": "SpeechToFace"})

__all__ = ["Face", "SpeechToFace", "side_by_side"]
