"""The stage `envelope`: how the sound swells, sample by sample."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

import numpy as np

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
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
    makes = (
        Column(
            "envelope.npy",
            "npy",
            "float32",
            "(N,)",
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
        import_module("scipy.signal")

    def one(self, clip: StageClip) -> Outcome:
        """Silence has an envelope of zeros; a sound of no samples, one of none."""
        return Outcome({"envelope.npy": envelope(clip.sound(RATE).samples)})


def envelope(samples: np.ndarray) -> np.ndarray:
    """The magnitude of the analytic signal (Gabor 1946) of samples, float32 (N,), all of them at once: float32 (N,)."""
    from scipy.signal import hilbert

    return np.abs(hilbert(samples)).astype(np.float32) if len(samples) else np.zeros(0, np.float32)
