"""Speech to face: a voice, through the voice encoder and the face decoder, becomes a picture of a face."""

from __future__ import annotations

from pathlib import Path

import torch

from faceshards.errors import UsageError
from faceshards.infer.face_picture import Face
from faceshards.media.sound import compressed_spectrogram, read_sound
from faceshards.models.trained import FACE_DECODER, VOICE_ENCODER, trained

#: What the networks hear.
RATE, SECONDS = 16_000, 6.0


class SpeechToFace:
    """The two trained nets. `untrained_targets`: their target embeddings came from a face encoder that never learned.

    Raises UsageError when the two were trained for different embeddings.
    """

    def __init__(self, voice_encoder: Path, face_decoder: Path) -> None:
        self.encoder, heard = trained(voice_encoder, VOICE_ENCODER)
        self.decoder, drawn = trained(face_decoder, FACE_DECODER)
        for name in ("face_encoder", "embedding"):
            if heard[name] != drawn[name]:
                raise UsageError(
                    f"{voice_encoder} was trained for {name} {heard[name]!r}, {face_decoder} for {drawn[name]!r}: "
                    "train both with the same --face-encoder and --width"
                )
        self.untrained_targets = heard["face_encoder"].startswith("untrained")

    def __call__(self, sound: Path) -> Face:
        """The face of a voice, of the first 6 s of any media file with sound. Raises ClipError, UsageError."""
        if not sound.is_file():
            raise UsageError(f"{sound}: no such file: give a sound or a video")
        samples = read_sound(sound, RATE).samples
        spectrogram = torch.from_numpy(compressed_spectrogram(samples, SECONDS))
        with torch.inference_mode():
            points, texture = self.decoder(self.encoder(spectrogram[None]))
        picture = (texture[0].permute(1, 2, 0) * 255).round().to(torch.uint8).numpy()
        return Face(picture, points[0].reshape(-1, 2).numpy())
