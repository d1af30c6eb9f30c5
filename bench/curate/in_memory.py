"""What a stage costs of pictures that are decoded already."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from faceshards.curation.engine import ClipTask, Done, Engine, Outcome, Stage
from faceshards.curation.engine.stage_clip import CHUNK_FRAMES, SharedClip
from faceshards.errors import StageError
from faceshards.jobs.watch import Watchdog
from faceshards.media.timeline import Timeline
from faceshards.media.video.chunks import Chunk

_RATE = 25


class _Decoded(SharedClip):
    """A clip of these pictures, with no shard behind it."""

    def __init__(self, pictures: np.ndarray) -> None:
        shard: Any = SimpleNamespace(keys=["clip"], filled=lambda row, column: False)
        height, width = pictures.shape[1:3]
        super().__init__(shard, 0, {"name": "clip", "fps": [_RATE, 1], "width": width, "height": height})
        ticks = np.arange(len(pictures), dtype=np.int64)
        self._pictures, line = pictures, Timeline(ticks, Fraction(1, _RATE), 0, Fraction(_RATE))
        self.__dict__["clip"] = SimpleNamespace(timeline=line)

    def chunks(self) -> Iterator[Chunk]:
        for start in range(0, len(self._pictures), CHUNK_FRAMES):
            part = self._pictures[start : start + CHUNK_FRAMES]
            yield Chunk(np.arange(start, start + len(part)), part, lambda: self.clip.timeline.times)


def stage_seconds(stage: Stage[Any], pictures: np.ndarray) -> float:
    """What the engine and a stage that is set up take of the processor for these pictures, uint8 (N, H, W, 3). Raises
    StageError where the stage fails at them.
    """
    done: list[Done] = []
    with tempfile.TemporaryDirectory() as folder, Watchdog(Path(folder) / "slots") as watch:
        engine = Engine([stage], Path(folder), watch)
        start = time.process_time()
        engine.run([ClipTask(_Decoded(pictures), [stage])], done.append)
        taken = time.process_time() - start
    result = done[0].results[stage.name]
    if not isinstance(result, Outcome):
        raise StageError(f"stage {stage.name} made nothing of the bench's pictures: {result}")
    return taken
