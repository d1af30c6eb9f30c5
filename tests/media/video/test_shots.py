"""What the stage `shots` does with it: tests/curation/stages/test_shots.py."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.media.video.shots import ShotFinder, small


def test_cuts_are_numbered_through_all_pictures_that_were_added():
    pytest.importorskip("scenedetect")
    rng = np.random.default_rng(3)
    scenes = [np.repeat(rng.integers(0, 255, (1, 40, 60, 3), np.uint8), 20, 0) for _ in range(3)]
    finder = ShotFinder(Fraction(25))
    found = [cut for part in np.array_split(np.concatenate(scenes), 7) for cut in finder.add(part)]
    assert found + finder.rest() == [20, 40]


def test_large_pictures_are_looked_at_small():
    assert small(np.zeros((1080, 1920, 3), np.uint8)).shape == (144, 256, 3)
    assert small(np.zeros((2, 2048, 3), np.uint8)).shape == (1, 256, 3)
    assert small(np.uint8([[[1, 2, 3]]])).tolist() == [[[3, 2, 1]]]
