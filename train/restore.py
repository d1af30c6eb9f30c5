"""A trained face decoder, for the losses of the voice encoder."""

from __future__ import annotations

from pathlib import Path

from faceshards.errors import UsageError
from faceshards.models.nets.face_decoder import FaceDecoder
from faceshards.train import checkpoint
from faceshards.train.face_targets import FaceTargets


def trained_decoder(path: Path, faces: FaceTargets) -> FaceDecoder:
    """The decoder of a checkpoint. Raises UsageError where it was trained on another face encoder's embeddings."""
    saved = checkpoint.load(path)
    if saved.config.get("task") != "face-decoder":
        raise UsageError(
            f"{path} is a checkpoint of {saved.config.get('task')!r}, here one of 'face-decoder' is needed"
        )
    for name, value in faces.config.items():
        if saved.config[name] != value:
            raise UsageError(f"{path} was trained for {name} {saved.config[name]!r}, the voice encoder's is {value!r}")
    decoder = FaceDecoder(saved.config["width"], saved.config["points"], faces.size)
    decoder.load_state_dict(saved.model)
    return decoder
