"""A stage on pictures and sound that are in memory, by the engine itself. Not a test module."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from faceshards.curation.engine import ClipTask, Done, Engine, Outcome, Stage
from faceshards.curation.engine.stage import Result
from faceshards.curation.engine.stage_clip import SharedClip, bytes_of
from faceshards.errors import ClipError, StageError, WeightsError
from faceshards.jobs.watch import Watchdog
from faceshards.media.sound import Sound
from faceshards.media.timeline import Timeline
from faceshards.media.video.chunks import Chunk
from faceshards.shards.schema.codecs import decode, encode


class PicturesClip(SharedClip):
    """Pictures, uint8 (N, H, W, 3), and what else a stage may read, with no shard behind them."""

    def __init__(
        self,
        pictures: np.ndarray | None = None,
        *,
        sound: Sound | None = None,
        columns: Mapping[str, Any] | None = None,
        fps: Fraction = Fraction(25),
        facts: Mapping[str, Any] | None = None,
        chunk: int = 5,
    ) -> None:
        shard: Any = SimpleNamespace(keys=["clip"], filled=lambda row, column: False)
        rate = [fps.numerator, fps.denominator]
        made = {name: encode(name, value) for name, value in (columns or {}).items()}
        super().__init__(shard, 0, {"name": "clip", "fps": rate, **(facts or {})}, made)
        self._pictures, self._sound, self._chunk = pictures, sound, chunk
        count = 0 if pictures is None else len(pictures)
        line = Timeline(np.arange(count, dtype=np.int64) * fps.denominator, Fraction(1, fps.numerator), 0, fps)
        size = (0, 0) if pictures is None else (pictures.shape[2], pictures.shape[1])
        self.__dict__["clip"] = SimpleNamespace(timeline=line, size=size)

    def chunks(self) -> Iterator[Chunk]:
        assert self._pictures is not None
        for start in range(0, len(self._pictures), self._chunk):
            part = self._pictures[start : start + self._chunk].copy()
            self.count("frames_decoded", len(part))
            yield Chunk(np.arange(start, start + len(part)), part, lambda: self.clip.timeline.times)

    def sound(self, rate: int) -> Sound:
        if self._sound is None:
            raise ClipError("no-sound", "the clip has no sound")
        return self._sound


def ready(*stages: Stage[Any]) -> list[Stage[Any]]:
    """These stages, set up; where a model file or its runtime is not here the test is skipped, saying so."""
    try:
        for stage in stages:
            stage.prepare()
    except (WeightsError, StageError) as error:
        pytest.skip(f"{error}")
    return list(stages)


def result_of(stage: Stage[Any], clip: SharedClip) -> Result:
    """What the engine makes of a clip with a stage that is set up; the bodies of its columns are bytes."""
    return results_of([stage], clip)[stage.name]


def results_of(stages: Sequence[Stage[Any]], clip: SharedClip, *, one_by_one: bool = False) -> dict[str, Result]:
    """The same of several stages on one decoding, by name."""
    done: list[Done] = []
    with tempfile.TemporaryDirectory() as folder, Watchdog(Path(folder) / "slots") as watch:
        Engine(stages, Path(folder), watch, one_by_one=one_by_one).run([ClipTask(clip, stages)], done.append)
        return {name: in_memory(result) for name, result in done[0].results.items()}


def in_memory(result: Result) -> Result:
    """The result, the bodies of its columns as bytes."""
    if not isinstance(result, Outcome):
        return result
    bodies = {name: bytes_of(body) for name, body in result.columns.items()}
    return Outcome(bodies, result.scores, result.media)


def planned(stage: Stage[Any]) -> Stage[Any]:
    """The stage as a run plans it, set up."""
    made = stage.planned()
    made.prepare()
    return made


def value_of(stage: Stage[Any], clip: SharedClip, column: str) -> tuple[Any, dict[str, Any]]:
    """A column that a stage makes of a clip, decoded, and its scores."""
    result = result_of(stage, clip)
    assert isinstance(result, Outcome), result
    return decode(column, result.columns[column]), dict(result.scores)
