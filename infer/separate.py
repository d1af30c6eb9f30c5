"""Voices apart: a mixture and the faces of those who speak in it become a sound of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch

from faceshards.errors import ClipError, UsageError
from faceshards.infer.faces.speakers import FACE_RATE, Speaker, SpeakerFinder
from faceshards.infer.given.given_faces import GivenFace, given_faces
from faceshards.infer.given.inputs import Input
from faceshards.infer.given.media import InputMedia
from faceshards.infer.run.work import InferredFiles
from faceshards.infer.trained_net import TrainedNet
from faceshards.infer.windows import Windows
from faceshards.media.picture import encode_png
from faceshards.media.separation import RATE, SAMPLES, applied, recovered, sound_of, spectrum_of
from faceshards.models.trained import SEPARATOR
from faceshards.packing.kinds.avspeech.kind import wav

# Which faces a checkpoint that does not say so was trained on, by the length of what is said of one.
_BY_LENGTH = {1792: "facenet", 128: "dlib", 512: "arcface", 4096: "vggface"}


@dataclass(frozen=True)
class Mixture:
    """Samples, float32 (N,) at 16 kHz, and who speaks in them."""

    samples: np.ndarray
    speakers: Sequence[Speaker]


class Separation:
    """A trained separator. `faces` name who speaks in every input (see `given_faces`); without them each input's own
    video shows all who speak.

    A sound of any length goes through the network in windows of 3 s of which neighbours share 1 s, at the level of the
    training: with its largest sample at 1. (speech_separation's AV_model_eval.py cannot run.) Raises UsageError where
    there are more or fewer faces than the network tells apart.
    """

    def __init__(
        self, separator: Path, faces: Sequence[str] = (), *, device: str = "cpu", windows_at_a_time: int = 8
    ) -> None:
        self.net = TrainedNet.load(separator, SEPARATOR, device)
        self.count, self.device, self._windows = int(self.net.config["speakers"]), device, windows_at_a_time
        self.backend = backend_of(str(separator), self.net.config)
        if faces and len(faces) != self.count:
            raise UsageError(f"{separator} tells {self.count} voices apart, and {len(faces)} faces are given (--face)")
        self._given: list[GivenFace] = given_faces(faces)
        self.notes = (f"Nothing shows that this network learned: {self.net.doubt}",) if self.net.doubt else ()
        self.made: dict[str, Any] = {
            "command": "separate",
            "separator": self.net.sha256,
            "faces": [one.content for one in self._given],
        }

    @cached_property
    def finder(self) -> SpeakerFinder:
        """What follows and tells faces; loaded where embeddings are not at hand already."""
        return SpeakerFinder(self.backend)

    @cached_property
    def _speakers(self) -> list[Speaker]:
        """Who is given."""
        size = int(self.net.config["embedding"])
        return [one.speaker(self.backend, size, lambda: self.finder) for one in self._given]

    def prepared(self, media: InputMedia) -> Mixture:
        """See `Inference`. Raises ClipError: `silent`, `no-face`, `no-video`."""
        samples = media.sound(RATE)
        if not samples.any():
            raise ClipError("silent" if len(samples) else "no-sound", f"all {len(samples)} samples of the sound are 0")
        return Mixture(samples, self._speakers if self._given else self._shown(media))

    def answers(self, given: Sequence[Input], prepared: Sequence[Mixture]) -> list[InferredFiles]:
        """See `Inference`: a wav of each speaker, by the name of the face, and the face where there is one."""
        return [self._answer(one) for one in prepared]

    def voices(self, mixture: Mixture) -> np.ndarray:
        """What each speaker says, float32 (n, N)."""
        peak = float(np.abs(mixture.samples).max())
        windows = Windows(mixture.samples / np.float32(peak), RATE, SAMPLES / RATE)
        sounds, times = windows.cut(), windows.times()
        parts = [
            self._apart(sounds[at : at + self._windows], mixture.speakers, times[at : at + self._windows])
            for at in range(0, len(windows), self._windows)
        ]
        return windows.joined(np.concatenate(parts)) * np.float32(peak)

    @torch.inference_mode()
    def _apart(self, sounds: np.ndarray, speakers: Sequence[Speaker], times: np.ndarray) -> np.ndarray:
        """The voices in some windows (W, 48000): (W, n, 48000)."""
        rows = round(SAMPLES / RATE * FACE_RATE)
        faces = np.stack([[one.during(float(time), rows) for one in speakers] for time in times])  # (W, n, 75, D)
        spectra = spectrum_of(sounds)
        shown = torch.from_numpy(np.ascontiguousarray(faces.transpose(0, 2, 3, 1)[:, :, None])).to(self.device)
        masks = self.net.net(torch.from_numpy(spectra).to(self.device), shown).float().cpu().numpy()
        voices = sound_of(applied(recovered(np.moveaxis(masks, -1, 1)), spectra[:, None]))
        return np.pad(voices, ((0, 0), (0, 0), (0, SAMPLES - voices.shape[-1])))

    def _shown(self, media: InputMedia) -> list[Speaker]:
        try:
            return self.finder.of(media.clip(), self.count)
        except ClipError as error:
            if error.code not in ("no-video", "no-face"):
                raise
            raise ClipError(error.code, f"{error}: name who speaks with --face, once for each") from error

    def _answer(self, mixture: Mixture) -> InferredFiles:
        voices = self.voices(mixture)
        loudest = max(1.0, float(np.abs(voices).max()))
        files = {f"/{one.name}.wav": wav(voice / loudest) for one, voice in zip(mixture.speakers, voices, strict=True)}
        files |= {f"/{one.name}.png": encode_png(one.picture) for one in mixture.speakers if one.picture is not None}
        record = {
            "voices": [one.name for one in mixture.speakers],
            "seconds": len(mixture.samples) / RATE,
            "scaled": 1 / loudest,
            "doubts": [self.net.doubt] if self.net.doubt else [],
        }
        return InferredFiles(files, record)


def backend_of(name: str, config: Mapping[str, Any]) -> str:
    """Which network told the faces on which a separator was trained. Raises UsageError where nothing says so."""
    settings = config.get("settings")
    told = settings.get("face_embeddings") if isinstance(settings, Mapping) else None
    found = told.get("backend") if isinstance(told, Mapping) else _BY_LENGTH.get(int(config["embedding"]))
    if not found:
        raise UsageError(f"{name} does not say which network told the faces on which it was trained: train it again")
    return str(found)
