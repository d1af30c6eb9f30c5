"""The stage `loudness`: how loud a clip is, and how far its speech stands above the pauses."""

from __future__ import annotations

from dataclasses import dataclass

from faceshards.curation.clip import StageClip
from faceshards.curation.stage import SOUND, Outcome, Stage
from faceshards.media.sound.level import loudness_db, snr_db


@dataclass
class Loudness(Stage):
    """Two scores of the whole sound, mono at 16 kHz (`media.sound.level`); silence is -120 dB and 0."""

    name = "loudness"
    version = 2  # hears the sample's own sound column before the container's
    needs = (SOUND,)
    scores = ("loudness_db", "snr_db")

    def one(self, clip: StageClip) -> Outcome:
        """Fails as `no-sound`."""
        sound = clip.sound(16000)
        return Outcome(
            scores={
                "loudness_db": round(loudness_db(sound.samples), 2),
                "snr_db": round(snr_db(sound.samples, sound.rate), 2),
            }
        )
