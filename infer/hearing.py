"""The spectrogram that a voice encoder hears of an input: with the settings on which it was trained, and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from faceshards.curation.parameters import configured, given_by
from faceshards.curation.stages.spectrogram import Spectrogram, SpectrogramParams, spectrogram_of
from faceshards.errors import ClipError, UsageError
from faceshards.infer.given.media import InputMedia
from faceshards.models.nets.voice_encoder import SPECTROGRAM
from faceshards.shards.schema.provenance import Provenance

_STAGE, _COLUMN = Spectrogram.name, Spectrogram.makes[0].name
_PARAMETERS = asdict(SpectrogramParams())


@dataclass(frozen=True)
class Hearing:
    """Spectrograms of one kind. `notes`: what the user should know of it."""

    params: SpectrogramParams
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, config: Mapping[str, Any], given: Sequence[str] = ()) -> Hearing:
        """That of the checkpoint `name`, whose configuration says on which settings it was trained; `given` words
        `spectrogram.PARAMETER=VALUE` speak where it does not.

        Raises UsageError, with the name of the setting, where they differ, where this version cannot make such a
        spectrogram, and where the network cannot hear it.
        """
        told, asked = ToldSettings.of(config), _asked(given)
        for key, value in asked.items():
            known = told.values.get(key, _PARAMETERS.get(key) if told.all else value)
            if known != value:
                raise UsageError(
                    f"{name} was trained on spectrograms of {key} {known!r}, and --set spectrogram.{key} says "
                    f"{value!r}: leave it out, or take a checkpoint that was trained so"
                )
        try:
            (stage,) = configured([Spectrogram], {_STAGE: told.values | asked})
        except UsageError as error:
            raise UsageError(f"{name}: its spectrograms cannot be made here: {error}") from error
        shape = _shape(stage.params)
        if told.shape not in (None, shape) or shape[:2] != SPECTROGRAM[:2]:
            heard = _said(told.shape or (*SPECTROGRAM[:2], "T"))
            raise UsageError(
                f"{name} hears spectrograms of {heard}, and its settings with those of --set make {_said(shape)}"
            )
        return cls(stage.params, () if told.all else (_unsaid(name, stage.params, bool(asked)),))

    @property
    def record(self) -> dict[str, Any]:
        """The settings as plain values."""
        return asdict(self.params)

    def of_media(self, media: InputMedia) -> tuple[np.ndarray, str]:
        """The spectrogram, float32 (2, 257, T), and where it came from: the `column` that a stage has made with these
        very settings, else `sound`. Raises ClipError.
        """
        maker = media.maker(_COLUMN)
        if maker is not None and self._differs(maker) is None and (made := media.column(_COLUMN)) is not None:
            return np.asarray(made, np.float32), "column"
        try:
            return spectrogram_of(media.sound(self.params.sampling_rate), self.params), "sound"
        except ClipError as error:
            if error.code != "no-sound" or media.column(_COLUMN) is None:
                raise
            raise ClipError("bad-column", f"{self._differs(maker)}, and there is no sound to make it of") from error

    def _differs(self, maker: Provenance | None) -> str | None:
        """How a column of this maker differs from what the checkpoint heard, in words; None where it does not."""
        if maker is None or maker.stage != _STAGE:
            return f"{_COLUMN} was not made by the stage {_STAGE}, so its settings are not known"
        if maker.version != Spectrogram.version:
            return f"{_COLUMN} was made by version {maker.version} of the stage {_STAGE}, not {Spectrogram.version}"
        others = [key for key, value in self.record.items() if maker.params.get(key) != value]
        if not others:
            return None
        told, heard = maker.params.get(others[0]), self.record[others[0]]
        return f"{_COLUMN} was made with {others[0]} {told!r}, and the checkpoint heard {heard!r}"


@dataclass(frozen=True)
class ToldSettings:
    """What a configuration says of its spectrograms: `values` by the stage's parameters; `shape`, where it is told;
    whether it says `all` that makes them what they are.
    """

    values: dict[str, Any]
    shape: tuple[int, ...] | None
    all: bool

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> ToldSettings:
        """Of `settings`, as the view of the training tells them: flat, with the shape; or below the stage's name."""
        settings = config.get("settings")
        told = dict(settings) if isinstance(settings, Mapping) else {}
        nested = isinstance(told.get(_STAGE), Mapping)
        values = dict(told[_STAGE]) if nested else {name: told[name] for name in _PARAMETERS if name in told}
        shape = told.get("shape")
        return cls(values, tuple(shape) if isinstance(shape, (list, tuple)) else None, nested or "n_fft" in values)


def _asked(given: Sequence[str]) -> dict[str, Any]:
    words = given_by(given, None)
    if others := set(words) - {_STAGE}:
        raise UsageError(f"--set takes spectrogram.PARAMETER=VALUE here, got {min(others)}")
    return words.get(_STAGE, {})


def _shape(params: SpectrogramParams) -> tuple[int, int, int]:
    """Channels, frequencies and frames."""
    hop = round(params.sampling_rate * params.hop_length / 1000)
    frames = 1 + round(params.audio_length * params.sampling_rate) // hop
    return (1, params.bands, frames) if params.variant == "mel" else (2, params.n_fft // 2 + 1, frames)


def _said(shape: Sequence[object]) -> str:
    return " x ".join(map(str, shape))


def _unsaid(name: str, params: SpectrogramParams, asked: bool) -> str:
    what = f"variant {params.variant}, power {params.power:g}, rms {params.rms}"
    taken = "those of --set" if asked else "this project's own"
    return (
        f"{name} does not say all of the spectrograms on which it was trained: {taken} are taken ({what}); "
        "Speech-to-face's since December 2023 are --set spectrogram.variant=polar --set spectrogram.rms=-23"
    )
