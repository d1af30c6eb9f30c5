"""The stage `loudness`: how loud a clip is, and how far its speech stands above the pauses."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.media.sound.level import loudness_db, snr_db
from faceshards.shards.schema.scalars import Scalar


@dataclass(frozen=True)
class LoudnessParams:
    """It has none."""


class Loudness(Stage[LoudnessParams]):
    """Two scores of the whole sound, mono at 16 kHz (`media.sound.level`); silence is -120 dB and 0."""

    name = "loudness"
    version = 2  # hears the sample's own sound column before the container's
    scores = (
        Scalar("loudness_db", pa.float64(), "dBFS", "loudness", "RMS of the sound"),
        Scalar("snr_db", pa.float64(), "dB", "loudness", "10 log10(P80 / P20) of the RMS of 25 ms windows every 10 ms"),
    )

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def one(self, clip: StageClip) -> Outcome:
        """Fails as `no-sound`."""
        sound = clip.sound(16000)
        loudness, snr = loudness_db(sound.samples), snr_db(sound.samples, sound.rate)
        return Outcome(scores={"loudness_db": round(loudness, 2), "snr_db": round(snr, 2)})
