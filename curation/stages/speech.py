"""The stage `speech`: when somebody speaks, by Silero VAD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.stage import Outcome, Stage
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import UsageError
from faceshards.models.sessions.silero import RATE, WINDOW, Silero
from faceshards.models.weights.registry import find
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

# Where speech ends, its probability lies this much below that at which it begins (silero-vad, get_speech_timestamps).
_HYSTERESIS = 0.15


@dataclass(frozen=True)
class SpeechParams:
    """As in silero-vad's `get_speech_timestamps`: speech begins at a probability of `threshold`; shorter speech than
    `least` seconds is none, and a pause of less than `pause` seconds ends none.
    """

    threshold: float = 0.5
    least: float = 0.25
    pause: float = 0.1

    def __post_init__(self) -> None:
        if not 0 < self.threshold < 1:
            raise UsageError(f"speech.threshold must be between 0 and 1, got {self.threshold:g}")
        if self.least < 0 or self.pause < 0:
            raise UsageError(
                f"speech.least and speech.pause must be 0 s or more, got {self.least:g} and {self.pause:g}"
            )


class Speech(Stage[SpeechParams]):
    """Speech by windows of 32 ms, as spans, and how much of the clip it is."""

    name = "speech"
    makes = (
        Column(
            "speech.npy",
            "npy",
            "float32",
            "(T,)",
            "0..1",
            "windows of 32 ms from the first picture on",
            "speech",
            "how sure Silero VAD is that somebody speaks",
        ),
    )
    scores = (Scalar("speech_share", pa.float64(), "0..1", "speech", "time within `speech_spans` over all"),)
    nested = ("speech_spans",)
    weights = ("silero_vad",)

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads the network. Raises WeightsError, StageError."""
        self._net = Silero(find("silero_vad"))

    def one(self, clip: StageClip) -> Outcome:
        """`speech_spans`: [start, end] in seconds. A sound of no samples has no speech."""
        samples = clip.sound(RATE).samples
        found = self._net.probabilities(samples)
        ends = spans(found, len(samples), self.params)
        share = sum(stop - start for start, stop in ends) / max(1, len(samples))
        seconds = [[round(start / RATE, 3), round(stop / RATE, 3)] for start, stop in ends]
        return Outcome({"speech.npy": found}, {"speech_share": round(share, 4), "speech_spans": seconds})


def spans(probabilities: np.ndarray, samples: int, params: SpeechParams) -> list[tuple[int, int]]:
    """Where speech begins and ends, in samples at 16 kHz, by the probabilities (T,) of windows of 512 samples."""
    found: list[tuple[int, int]] = []
    start: int | None = None
    quiet: int | None = None
    for number, probability in enumerate(probabilities.tolist()):
        now = number * WINDOW
        if probability >= params.threshold:
            start, quiet = now if start is None else start, None
        elif start is not None and probability < params.threshold - _HYSTERESIS:
            quiet = now if quiet is None else quiet
            if now - quiet >= params.pause * RATE:
                found.append((start, quiet))
                start = quiet = None
    if start is not None:
        found.append((start, samples))
    return [(start, stop) for start, stop in found if stop - start > params.least * RATE]
