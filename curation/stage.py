"""What a stage is: a clip in, columns and scores out, or the reason why not."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from faceshards.curation.clip import StageClip
from faceshards.errors import ClipError
from faceshards.shards.reader import Shard

#: What a stage may need beside columns: the clip's decoded pictures, its sound.
FRAMES, SOUND = "frames", "sound"


@dataclass(frozen=True)
class Resources:
    """What a worker takes for a stage. All stages of a plan share a worker, and with it a clip's one decoding."""

    cpus: float = 1.0
    gpus: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """What a stage made of a clip.

    `columns` holds a value or the encoded bytes for every column of `Stage.makes`; `scores` values for the
    json, under names of `Stage.scores`; `media` the facts for `json["media"]` of each video made.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    scores: Mapping[str, Any] = field(default_factory=dict)
    media: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Failure:
    """Why a stage made nothing of a clip: a code of `errors.REASONS`, and the particulars."""

    code: str
    reason: str


@dataclass(frozen=True)
class NotApplicable:
    """Why there is nothing for a stage in a clip, which is no failure: it has no sound."""

    reason: str


class Stage:
    """Base of all stages; a subclass is a dataclass whose fields are its parameters.

    The constructor is configuration only: a stage is pickled to where it runs, and there `setup` loads the
    models, once. A subclass gives `one`, or `process` when it works on several clips at a time. Results must
    depend on nothing but the clip, the parameters and the models: no clock, no random number, no number of
    threads.
    """

    name: ClassVar[str]
    #: Goes up when the same parameters give other results than before.
    version: ClassVar[int] = 1
    #: FRAMES, SOUND, or columns that other stages make.
    needs: ClassVar[tuple[str, ...]] = ()
    #: Columns; where the stage fails they are there without a value.
    makes: ClassVar[tuple[str, ...]] = ()
    #: Keys of the json that this stage owns.
    scores: ClassVar[tuple[str, ...]] = ()
    #: Names in `models.weights` of the model files that it reads.
    weights: ClassVar[tuple[str, ...]] = ()
    resources: ClassVar[Resources] = Resources()
    _ready: bool = False

    @property
    def marks(self) -> tuple[str, ...]:
        """Where `json["made"]` keeps the fingerprint: under its columns, or its scores where it makes none."""
        return self.makes or self.scores

    @property
    def params(self) -> dict[str, Any]:
        """The parameters as JSON values; they are part of the fingerprint."""
        return {one.name: getattr(self, one.name) for one in dataclasses.fields(self) if one.init}  # type: ignore[arg-type]

    @property
    def models(self) -> dict[str, str]:
        """File name -> sha256 of the model files that it reads; part of the fingerprint."""
        from faceshards.models.weights.registry import entry, fingerprint

        return {entry(name).files[0]: fingerprint(entry(name)) for name in self.weights}

    def prepare(self) -> None:
        """Calls `setup` the first time."""
        if not self._ready:
            self.setup()
            self._ready = True

    def setup(self) -> None:
        """Loads the models. Raises StageError or WeightsError when that cannot be."""

    def enter(self, shard: Shard) -> None:
        """Called before the first clip of each shard, for stages that look at other clips of it."""

    def process(self, clips: Sequence[StageClip]) -> list[Outcome | Failure]:
        """One result a clip, in order."""
        results: list[Outcome | Failure] = []
        for clip in clips:
            try:
                results.append(self.one(clip))
            except ClipError as error:
                results.append(Failure(error.code, str(error)))
        return results

    def one(self, clip: StageClip) -> Outcome:
        """The result of one clip; raises ClipError for a failure."""
        raise NotImplementedError
