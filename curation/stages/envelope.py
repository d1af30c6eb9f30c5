"""The stage `envelope`: how the sound swells, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.media.sound.level import envelope
from faceshards.shards.schema.columns import Column

RATE = 16000


@dataclass(frozen=True)
class EnvelopeParams:
    """It has none."""


class Envelope(Stage[EnvelopeParams]):
    """The magnitude of the analytic signal of all the sound, mono at 16 kHz, neither smoothed nor normalised: what
    3DXTalker's trainers shape their noise by (`get_envelope_from_audio`).
    """

    name = "envelope"
    version = 2  # by half the spectrum: other last digits
    makes = (
        Column(
            "envelope.npy",
            "npy",
            "float32",
            "(S,)",
            "0..1 and a little more",
            "samples at 16 kHz, from the first picture on",
            "envelope",
            "magnitude of the sound's analytic signal (Hilbert)",
        ),
    )

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads SciPy's filters now, and not at the first clip's expense."""
        import_module("scipy.fft")

    def one(self, clip: StageClip) -> Outcome:
        """Silence has an envelope of zeros; a sound of no samples, one of none."""
        return Outcome({"envelope.npy": envelope(clip.sound(RATE).samples)})
