"""Speech to face: a voice, through the voice encoder and the face decoder, becomes a picture of a face."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, ColumnError, MissingExtra, UsageError, WeightsError
from faceshards.infer.faces.drawn import drawn_faces, inferred
from faceshards.infer.faces.face_finder import FaceFinder
from faceshards.infer.faces.face_picture import Face
from faceshards.infer.given.inputs import Input
from faceshards.infer.given.media import FileMedia, InputMedia
from faceshards.infer.hearing import Hearing
from faceshards.infer.run.work import InferredFiles
from faceshards.infer.trained_net import TrainedNet, untrained_targets
from faceshards.models.published import same_encoder
from faceshards.models.trained import FACE_DECODER, VOICE_ENCODER


@dataclass(frozen=True)
class Heard:
    """What is heard of an input, float32 (2, 257, T); where it came from; its own face, where it has one."""

    spectrogram: np.ndarray
    source: str
    target: Face | None


class SpeechToFace:
    """The two trained nets. `untrained_targets`: their target embeddings came from a face encoder that never learned;
    `settings`: words `spectrogram.PARAMETER=VALUE`, for a checkpoint that does not say what it heard.

    Raises UsageError when the two were trained for different embeddings, or on other spectrograms than these.
    """

    def __init__(
        self, voice_encoder: Path, face_decoder: Path, *, device: str = "cpu", settings: Sequence[str] = ()
    ) -> None:
        self.heard = TrainedNet.load(voice_encoder, VOICE_ENCODER, device)
        self.drawn = TrainedNet.load(face_decoder, FACE_DECODER, device)
        self.encoder, self.decoder, self.device = self.heard.net, self.drawn.net, device
        for name in ("face_encoder", "embedding"):
            one, other = self.heard.config.get(name), self.drawn.config.get(name)
            if one != other and not (name == "face_encoder" and same_encoder(one, other)):
                raise UsageError(
                    f"{voice_encoder} was trained for {name} {one!r}, {face_decoder} for {other!r}: "
                    "train both with the same --face-encoder and --width"
                )
        self.hearing = Hearing.of(str(voice_encoder), self.heard.config, settings)
        self.untrained_targets = untrained_targets(self.heard.config)
        self.doubts = tuple(one.doubt for one in (self.heard, self.drawn) if one.doubt)
        self.notes = self.hearing.notes
        nets = {"voice_encoder": self.heard.sha256, "face_decoder": self.drawn.sha256}
        self.made: dict[str, Any] = {"command": "speech-to-face", **nets, "spectrogram": self.hearing.record}

    def __call__(self, sound: Path) -> Face:
        """The face of a voice, of the beginning of any media file with sound. Raises ClipError, UsageError."""
        if not sound.is_file():
            raise UsageError(f"{sound}: no such file: give a sound or a video")
        spectrogram, _ = self.hearing.of_media(FileMedia(sound))
        return self.faces(spectrogram[None])[0]

    def faces(self, spectrograms: np.ndarray) -> list[Face]:
        """The faces of voices, float32 (B, 2, 257, T)."""
        with torch.inference_mode():
            heard = torch.from_numpy(np.ascontiguousarray(spectrograms)).to(self.device)
            return drawn_faces(*self.decoder(self.encoder(heard)))

    def prepared(self, media: InputMedia) -> Heard:
        """See `Inference`."""
        spectrogram, source = self.hearing.of_media(media)
        return Heard(spectrogram, source, self._target(media))

    def answers(self, given: Sequence[Input], prepared: Sequence[Heard]) -> list[InferredFiles]:
        """See `Inference`: the picture, and its points as plain numbers."""
        faces = self.faces(np.stack([one.spectrogram for one in prepared]))
        return [self._answer(face, one) for face, one in zip(faces, prepared, strict=True)]

    def _answer(self, face: Face, heard: Heard) -> InferredFiles:
        record = {"spectrogram": heard.source, "untrained_targets": self.untrained_targets}
        return inferred("of the voice", face, heard.target, self.doubts, record)

    def _target(self, media: InputMedia) -> Face | None:
        """The face of whoever speaks, as far as the input shows one."""
        with suppress(ClipError, ColumnError):
            if (found := media.face()) is not None:
                return found
            return self._finder.best(media.pictures()) if self._finder is not None else None
        return None

    @cached_property
    def _finder(self) -> FaceFinder | None:
        """None where the detector's files are not here: then only faces that were cut out before stand beside."""
        with suppress(WeightsError, MissingExtra, ModuleNotFoundError):
            return FaceFinder()
        return None
