"""One file a task: the model that is trained, and the loss that trains it."""

from typing import TYPE_CHECKING

from faceshards.exports import lazy

if TYPE_CHECKING:
    from faceshards.train.tasks.face_decoder import FaceDecoderTask as FaceDecoderTask
    from faceshards.train.tasks.task import Task as Task
    from faceshards.train.tasks.task import frozen as frozen
    from faceshards.train.tasks.voice_encoder import Coefficients as Coefficients
    from faceshards.train.tasks.voice_encoder import VoiceEncoderTask as VoiceEncoderTask
else:
    __getattr__ = lazy(
        __name__,
        {"face_decoder": "FaceDecoderTask", "task": "Task frozen", "voice_encoder": "Coefficients VoiceEncoderTask"},
    )

__all__ = ["Coefficients", "FaceDecoderTask", "Task", "VoiceEncoderTask", "frozen"]
