"""Networks in torch."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.models.nets.boxes import kept_by_nms as kept_by_nms
    from faceshards.models.nets.expression import ExpressionNet as ExpressionNet
    from faceshards.models.nets.face_decoder import FaceDecoder as FaceDecoder
    from faceshards.models.nets.face_encoder import TinyFaceEncoder as TinyFaceEncoder
    from faceshards.models.nets.face_encoder import VggFace as VggFace
    from faceshards.models.nets.mtcnn import MTCNN as MTCNN
    from faceshards.models.nets.mtcnn_networks import MtcnnWeights as MtcnnWeights
    from faceshards.models.nets.separator import Separator as Separator
    from faceshards.models.nets.voice_encoder import VoiceEncoder as VoiceEncoder
else:
    __getattr__ = lazy(
        __name__,
        {
            "boxes": "kept_by_nms",
            "expression": "ExpressionNet",
            "face_decoder": "FaceDecoder",
            "face_encoder": "TinyFaceEncoder VggFace",
            "mtcnn": "MTCNN",
            "mtcnn_networks": "MtcnnWeights",
            "separator": "Separator",
            "voice_encoder": "VoiceEncoder",
        },
    )

__all__ = [
    "MTCNN",
    "ExpressionNet",
    "FaceDecoder",
    "MtcnnWeights",
    "Separator",
    "TinyFaceEncoder",
    "VggFace",
    "VoiceEncoder",
    "kept_by_nms",
]
