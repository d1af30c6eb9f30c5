"""A trained face decoder, for the losses of the voice encoder."""

from __future__ import annotations

from pathlib import Path

from faceshards.errors import UsageError
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.models.published import same_encoder
from faceshards.models.trained import FACE_DECODER, trained
from faceshards.train.face_targets import FaceTargets


def trained_decoder(path: Path, faces: FaceTargets) -> FaceDecoder:
    """The decoder of a checkpoint. Raises UsageError where it was trained on another face encoder's embeddings."""
    decoder, config = trained(path, FACE_DECODER)
    for name, value in faces.config.items():
        if config.get(name) != value and not (name == "face_encoder" and same_encoder(config.get(name), value)):
            raise UsageError(
                f"{path} was trained for {name} {config.get(name)!r}, the voice encoder's is {value!r}: "
                "train both with the same --face-encoder and --width"
            )
    return decoder
