"""Arrays in, arrays out: networks trained here, ONNX sessions, and the weights registry."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.models.checkpoint import Checkpoint as Checkpoint
    from faceshards.models.detections import Detections as Detections
    from faceshards.models.trained import FACE_DECODER as FACE_DECODER
    from faceshards.models.trained import NETWORKS as NETWORKS
    from faceshards.models.trained import VOICE_ENCODER as VOICE_ENCODER
    from faceshards.models.trained import Network as Network
else:
    __getattr__ = lazy(
        __name__,
        {
            "checkpoint": "Checkpoint",
            "detections": "Detections",
            "trained": "FACE_DECODER NETWORKS Network VOICE_ENCODER",
        },
    )

__all__ = ["FACE_DECODER", "NETWORKS", "VOICE_ENCODER", "Checkpoint", "Detections", "Network"]
