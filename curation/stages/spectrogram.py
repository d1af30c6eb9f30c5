"""The stage `spectrogram`: what speech-to-face hears of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError, UsageError
from faceshards.media.sound.level import SILENCE_DB, loudness_db
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

# As `media.sound.compressed` has them: SciPy takes a second to load, and every command loads every stage's file.
_VARIANTS = ("parts", "polar", "mel")


@dataclass(frozen=True)
class SpectrogramParams:
    """Speech-to-face's six, by its names: the first `audio_length` seconds at `sampling_rate` Hz, a window of
    `window_length` ms every `hop_length` ms in the middle of `n_fft` samples, values to the `power`. `variant`: `parts`
    real and imaginary part (that project until December 2023), `polar` magnitude and phase (since), `mel` power in so
    many `bands`. `rms`: the level in dBFS to which the sound is brought before, -23 in that project since; by default
    it stays.
    """

    audio_length: float = 6.0
    sampling_rate: int = 16_000
    hop_length: float = 10.0
    window_length: float = 25.0
    n_fft: int = 512
    power: float = 0.3
    variant: str = "parts"
    bands: int = 80
    rms: float | None = None


class Spectrogram(Stage[SpectrogramParams]):
    """The compressed spectrogram of the sound's beginning; a shorter sound repeats (`media.sound.compressed`)."""

    name = "spectrogram"
    version = 4  # says which variant it is
    makes = (
        Column(
            "spectrogram.npy",
            "npy",
            "float32",
            "(2, 257, 601)",
            "signed power 0.3 of amplitude",
            "bins of 31.25 Hz, frames of 10 ms",
            "spectrogram",
            "real and imaginary part of the STFT of the first 6 s at 16 kHz, each sign(x)|x|^0.3; shorter sound "
            "repeats; by parameters magnitude and phase, (1, 80, 601) of mel bands, other sizes",
        ),
    )
    scores = (Scalar("spectrogram_variant", pa.string(), "", "spectrogram", "which values: parts, polar or mel"),)

    def planned(self) -> Spectrogram:
        """As it is. Raises UsageError for parameters that make no sense."""
        params = self.params
        if params.variant not in _VARIANTS:
            raise UsageError(f"spectrogram.variant must be one of {', '.join(_VARIANTS)}, got {params.variant!r}")
        names = ("audio_length", "sampling_rate", "hop_length", "window_length", "n_fft", "power", "bands")
        for name in names:
            if not getattr(params, name) > 0:
                raise UsageError(f"spectrogram.{name} must be above 0, got {getattr(params, name)}")
        if params.rms is not None and not SILENCE_DB <= params.rms <= 0:
            raise UsageError(f"spectrogram.rms must be from {SILENCE_DB:g} to 0 dBFS, got {params.rms:g}")
        if params.audio_length * params.sampling_rate < 1:
            raise UsageError(f"spectrogram.audio_length must be a sample or more, got {params.audio_length:g} s")
        window, hop = (_samples(params, length) for length in (params.window_length, params.hop_length))
        if not 1 <= window <= params.n_fft or hop < 1:
            raise UsageError(
                f"spectrogram.window_length must be from 1 sample to n_fft, {params.n_fft}, and hop_length at least 1, "
                f"got {window} and {hop} at {params.sampling_rate} Hz"
            )
        return self

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads SciPy's filters now, and not at the first clip's expense."""
        import_module("scipy.signal")

    def one(self, clip: StageClip) -> Outcome:
        """Raises ClipError `no-sound`, or `silent` where all samples are 0: then it does not apply."""
        samples = clip.sound(self.params.sampling_rate).samples
        return Outcome(
            {"spectrogram.npy": spectrogram_of(samples, self.params)}, {"spectrogram_variant": self.params.variant}
        )


def spectrogram_of(samples: np.ndarray, params: SpectrogramParams) -> np.ndarray:
    """The spectrogram of all of a sound, float32 (N,) at `params.sampling_rate` Hz: see `compressed_spectrogram`.

    Raises ClipError `silent` where all samples are 0, `no-sound` where there is none.
    """
    from faceshards.media.sound.compressed import compressed_spectrogram

    if len(samples) and not samples.any():
        raise ClipError("silent", f"all {len(samples)} samples of the sound are 0")
    heard = samples[: round(params.audio_length * params.sampling_rate)]
    if params.rms is not None:
        heard = heard * np.float32(10 ** ((params.rms - loudness_db(samples)) / 20))
    return compressed_spectrogram(
        heard,
        params.audio_length,
        rate=params.sampling_rate,
        n_fft=params.n_fft,
        hop=_samples(params, params.hop_length),
        window=_samples(params, params.window_length),
        power=params.power,
        variant=params.variant,
        bands=params.bands,
    )


def _samples(params: SpectrogramParams, milliseconds: float) -> int:
    return round(params.sampling_rate * milliseconds / 1000)
