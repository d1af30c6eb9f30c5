"""A stage is timed on pictures that are decoded, and one that fails is told."""

import time
from dataclasses import dataclass

import numpy as np
import pytest

from faceshards.bench.curate.in_memory import stage_seconds
from faceshards.curation import Frames, Stage
from faceshards.curation.stages.points68.points68 import Points68
from faceshards.errors import StageError


@dataclass(frozen=True)
class BusyParams:
    """How long it is busy with each picture, in seconds of the processor."""

    each: float = 0.01


class Busy(Stage[BusyParams]):
    name = "busy"

    def needs(self):
        return (Frames(),)

    async def work(self, clip, out):
        async for chunk in clip.frames():
            end = time.process_time() + self.params.each * len(chunk.numbers)
            while time.process_time() < end:
                pass


def test_what_a_stage_takes_of_the_processor_is_told():
    assert stage_seconds(Busy(), np.zeros((40, 8, 8, 3), np.uint8)) >= 0.4


def test_a_stage_that_makes_nothing_is_an_error():
    with pytest.raises(StageError, match=r"stage points68 made nothing of the bench's pictures: .*landmarks\.npy"):
        stage_seconds(Points68(), np.zeros((3, 32, 32, 3), np.uint8))
