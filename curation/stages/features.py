"""The stage `features`: the states of a speech model, which trainers otherwise compute again and again."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.own_model import OwnModelStage
from faceshards.curation.engine.stage import PLANNED, Outcome
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError, UsageError
from faceshards.models.weights.hub import contents_of, model_folder
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_PACKAGES = ("torch", "transformers")


@dataclass(frozen=True)
class FeaturesParams:
    """`model`: a folder, or a name in Hugging Face's cache, of a wav2vec 2.0, HuBERT, WavLM or Whisper. `layer`: which
    of its hidden states, -1 the last. A sound of more than `span` seconds is heard span by span, with `overlap` seconds
    more on both sides, and its states are those of the middle. `contents` are filled in.
    """

    model: str = "facebook/wav2vec2-base-960h"
    layer: int = -1
    span: float = 30.0
    overlap: float = 2.0
    contents: dict[str, str] = field(default_factory=dict, metadata=PLANNED)


class Features(OwnModelStage[FeaturesParams]):
    """Hidden states of the sound, mono at 16 kHz, in half precision."""

    name = "features"
    makes = (
        Column(
            "features.npy",
            "npy",
            "float16",
            "(T, D)",
            "",
            "states, `features_rate` a second from the first picture on",
            "features",
            "hidden states of a speech model (wav2vec 2.0, HuBERT, WavLM, Whisper's encoder)",
        ),
    )
    scores = (Scalar("features_rate", pa.float64(), "1/s", "features", "states a second of `features.npy`"),)
    runtimes = ("torch",)

    def planned(self) -> Features:
        """With what is in the model's folder. Raises UsageError, WeightsError, MissingExtra."""
        span, overlap = self.params.span, self.params.overlap
        if not (0 <= overlap < 15 and span >= 1):
            raise UsageError(
                f"features.overlap must be from 0 to below 15 s and features.span at least 1 s, "
                f"got {overlap:g} and {span:g}"
            )
        folder = model_folder(self.params.model, "features.model", "features", _PACKAGES)
        contents = contents_of(folder, "features.model")
        return Features(replace(self.params, model=str(folder), contents=contents))

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads the model. Raises StageError, WeightsError, MissingExtra."""
        folder = model_folder(self.params.model, "features.model", "features", _PACKAGES)
        from faceshards.models.nets.speech_states import SpeechStates

        params = self.params
        self._states = SpeechStates(Path(folder), params.layer, params.span, params.overlap, self.device)

    def one(self, clip: StageClip) -> Outcome:
        """Raises ClipError `no-sound`, and for a sound that is too short for a state."""
        from faceshards.models.nets.speech_states import RATE, STEP

        samples = clip.sound(RATE).samples
        states = self._states(samples)
        if not len(states):
            raise ClipError("no-sound", f"{len(samples)} samples of sound are too few for one state")
        return Outcome({"features.npy": states}, {"features_rate": RATE / STEP})
