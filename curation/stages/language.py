"""The stage `language`: which language is spoken, and what is said, by Whisper."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pyarrow as pa

from faceshards.curation.engine.need import Need, SoundOf
from faceshards.curation.engine.own_model import OwnModelStage
from faceshards.curation.engine.stage import PLANNED, Outcome
from faceshards.curation.engine.stage_clip import StageClip
from faceshards.errors import ClipError
from faceshards.models.weights.hub import contents_of, model_folder
from faceshards.shards.schema.columns import Column
from faceshards.shards.schema.scalars import Scalar

_PACKAGES = ("torch", "transformers")


@dataclass(frozen=True)
class LanguageParams:
    """`model`: a folder, or a name in Hugging Face's cache, of a multilingual Whisper. `transcript`: whether what is
    said is written down, which takes most of the time. `contents` are filled in.
    """

    model: str = "openai/whisper-base"
    transcript: bool = True
    contents: dict[str, str] = field(default_factory=dict, metadata=PLANNED)


class Language(OwnModelStage[LanguageParams]):
    """The likeliest language over all windows of 30 s, and the phrases in it. Where nobody speaks, Whisper makes
    something up: hold it against `speech_share`.
    """

    name = "language"
    makes = (
        Column(
            "transcript.msg",
            "msg",
            "map",
            "R rows",
            "seconds",
            "seconds from the first picture on",
            "language",
            "phrases in order, by Whisper: `start` and `end` float, `text` string",
        ),
    )
    scores = (
        Scalar("language", pa.string(), "", "language", "what is spoken, by Whisper: en, de, zh, ..."),
        Scalar("language_probability", pa.float64(), "0..1", "language", "of `language` among all that Whisper knows"),
    )
    runtimes = ("torch",)

    def planned(self) -> Language:
        """With what is in the model's folder. Raises WeightsError, MissingExtra."""
        folder = model_folder(self.params.model, "language.model", "features", _PACKAGES)
        contents = contents_of(folder, "language.model")
        return Language(replace(self.params, model=str(folder), contents=contents))

    def needs(self) -> tuple[Need, ...]:
        """The sound."""
        return (SoundOf(),)

    def setup(self) -> None:
        """Loads the model. Raises StageError, WeightsError, MissingExtra."""
        folder = model_folder(self.params.model, "language.model", "features", _PACKAGES)
        from faceshards.models.nets.whisper import Whisper

        self._whisper = Whisper(folder, self.device)

    def one(self, clip: StageClip) -> Outcome:
        """Raises ClipError `no-sound`, or `silent` where all samples are 0: then it does not apply."""
        samples = clip.sound(16_000).samples
        if not samples.any():
            raise ClipError("silent", f"all {len(samples)} samples of the sound are 0")
        languages = self._whisper.languages(samples)
        likeliest = max(languages, key=lambda name: (languages[name], name))
        phrases = self._whisper.phrases(samples, likeliest) if self.params.transcript else []
        rows = {name: [getattr(one, name) for one in phrases] for name in ("start", "end", "text")}
        scores = {"language": likeliest, "language_probability": round(languages[likeliest], 4)}
        return Outcome({"transcript.msg": rows}, scores)
