"""One file a view: how the rows of a dataset become what a model eats."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.loaders.views.avspeech import SpeechMixtures as SpeechMixtures
    from faceshards.loaders.views.code_statistics import CodeStatistics as CodeStatistics
    from faceshards.loaders.views.emoca import EmocaCodes as EmocaCodes
    from faceshards.loaders.views.face_decoder import FaceWithLandmarks as FaceWithLandmarks
    from faceshards.loaders.views.portrait import Portrait as Portrait
    from faceshards.loaders.views.portraits.finish import finished as finished
    from faceshards.loaders.views.speech_face import SpeechFace as SpeechFace
    from faceshards.loaders.views.speech_to_face import FaceWithPoints as FaceWithPoints
    from faceshards.loaders.views.speech_to_face import VoiceWithFace as VoiceWithFace
else:
    __getattr__ = lazy(
        __name__,
        {
            "avspeech": "SpeechMixtures",
            "code_statistics": "CodeStatistics",
            "emoca": "EmocaCodes",
            "face_decoder": "FaceWithLandmarks",
            "portrait": "Portrait",
            "portraits.finish": "finished",
            "speech_face": "SpeechFace",
            "speech_to_face": "FaceWithPoints VoiceWithFace",
        },
    )

__all__ = [
    "CodeStatistics",
    "EmocaCodes",
    "FaceWithLandmarks",
    "FaceWithPoints",
    "Portrait",
    "SpeechFace",
    "SpeechMixtures",
    "VoiceWithFace",
    "finished",
]
