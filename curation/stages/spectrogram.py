"""The stage `spectrogram`: what speech-to-face hears of a clip."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError
from faceshards.shards.schema.columns import Column


@dataclass(frozen=True)
class SpectrogramParams:
    """It has none."""


class Spectrogram(Stage[SpectrogramParams]):
    """The compressed spectrogram of the first 6 s at 16 kHz; a shorter sound repeats (`media.sound.spectrum`)."""

    name = "spectrogram"
    version = 3  # silence is not applicable, and no failure
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
            "repeats",
        ),
    )

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads SciPy's filters now, and not at the first clip's expense."""
        import_module("scipy.signal")

    def one(self, clip: StageClip) -> Outcome:
        """Raises ClipError `no-sound`, or `silent` where all samples are 0: then it does not apply."""
        # SciPy takes a second to load, and every command loads every stage's file.
        from faceshards.media.sound.spectrum import compressed_spectrogram

        samples = clip.sound(16000).samples
        if not samples.any():
            raise ClipError("silent", f"all {len(samples)} samples of the sound are 0")
        return Outcome({"spectrogram.npy": compressed_spectrogram(samples)})
