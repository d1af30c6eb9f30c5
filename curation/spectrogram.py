"""The stage `spectrogram`: what speech-to-face hears of a clip."""

from __future__ import annotations

from dataclasses import dataclass

from faceshards.curation.clip import StageClip
from faceshards.curation.stage import SOUND, Outcome, Stage
from faceshards.errors import ClipError
from faceshards.media.sound.spectrum import compressed_spectrogram


@dataclass
class Spectrogram(Stage):
    """The compressed spectrogram of the first 6 s at 16 kHz; a shorter sound repeats (`media.sound.spectrum`)."""

    name = "spectrogram"
    version = 2  # hears the sample's own sound column before the container's
    needs = (SOUND,)
    makes = ("spectrogram.npy",)

    def one(self, clip: StageClip) -> Outcome:
        """Fails as `no-sound`, or as `silent` where all samples are 0."""
        samples = clip.sound(16000).samples
        if not samples.any():
            raise ClipError("silent", f"all {len(samples)} samples of the sound are 0")
        return Outcome({"spectrogram.npy": compressed_spectrogram(samples)})
