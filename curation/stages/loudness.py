"""The stage `loudness`: how loud a clip is, and how far its speech stands above the pauses."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.media.sound.level import SILENCE_DB, clipped_share, loudness_db, peak_db, snr_db
from faceshards.media.sound.lufs import lufs
from faceshards.shards.schema.scalars import Scalar

# To which RMS Speech-to-face brings its clips before their spectrograms are made (dBFS, its commit e1c6d22).
_RMS_TARGET = -23.0


@dataclass(frozen=True)
class LoudnessParams:
    """It has none."""


class Loudness(Stage[LoudnessParams]):
    """Scores of the whole sound, the mean of its channels at 16 kHz (`media.sound`). Silence is -120 dBFS and -70
    LUFS, and its gains are 0.
    """

    name = "loudness"
    version = 3  # LUFS, gains, clipping
    scores = (
        Scalar("loudness_db", pa.float64(), "dBFS", "loudness", "RMS of the sound"),
        Scalar("snr_db", pa.float64(), "dB", "loudness", "10 log10(P80 / P20) of the RMS of 25 ms windows every 10 ms"),
        Scalar("lufs", pa.float64(), "LUFS", "loudness", "integrated loudness of the mono sound, ITU-R BS.1770-4"),
        Scalar("peak_gain_db", pa.float64(), "dB", "loudness", "what brings its largest sample to full scale"),
        Scalar("rms_gain_db", pa.float64(), "dB", "loudness", "what brings its RMS to -23 dBFS"),
        Scalar("clipped_share", pa.float64(), "0..1", "loudness", "samples within 1 % of full scale, or beyond"),
    )

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads SciPy's filters now, and not at the first clip's expense."""
        import_module("scipy.signal")

    def one(self, clip: StageClip) -> Outcome:
        """Fails as `no-sound`."""
        sound = clip.sound(16000)
        loudness, peak = loudness_db(sound.samples), peak_db(sound.samples)
        heard = peak > SILENCE_DB
        levels = {
            "loudness_db": loudness,
            "snr_db": snr_db(sound.samples, sound.rate),
            "lufs": lufs(sound.samples, sound.rate),
            "peak_gain_db": -peak if heard else 0.0,
            "rms_gain_db": _RMS_TARGET - loudness if heard else 0.0,
        }
        shares = {"clipped_share": round(clipped_share(sound.samples), 6)}
        return Outcome(scores={name: round(value, 2) for name, value in levels.items()} | shares)
