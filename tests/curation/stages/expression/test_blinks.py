"""Which runs of shut eyes are blinks."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.curation.stages.expression.blinks import blinks
from faceshards.media.timeline import Timeline


def found(shut: list[int], missing: tuple[int, ...] = (), frames: int = 100) -> list[tuple[float, float]]:
    """Of a clip of 20 pictures a second."""
    line = Timeline(np.arange(frames, dtype=np.int64), Fraction(1, 20), 0, Fraction(20))
    numbers = np.delete(np.arange(frames), list(missing))
    openings = np.where(np.isin(numbers, shut), 0.1, 0.3)[:, None].repeat(2, axis=1)
    return blinks(openings, numbers, line, closed=0.5, longest=0.5)


def test_short_runs_are_and_long_ones_are_not():
    spans = found([10, 11, *range(30, 40), *range(50, 61)])
    assert spans == [pytest.approx((0.5, 0.6)), pytest.approx((1.5, 2.0))]


def test_one_at_the_end_and_a_face_that_goes():
    assert found([98, 99]) == [pytest.approx((4.9, 5.0))]
    assert found([10, 13], missing=(11, 12)) == [pytest.approx((0.5, 0.55)), pytest.approx((0.65, 0.7))]


def test_a_wink_is_none_nor_are_eyes_of_which_nothing_is_known():
    line = Timeline(np.arange(30, dtype=np.int64), Fraction(1, 20), 0, Fraction(20))
    openings = np.full((30, 2), 0.3)
    openings[10:13, 0] = 0.1
    assert blinks(openings, np.arange(30), line, 0.5, 0.5) == []
    assert blinks(openings[:0], np.arange(0), line, 0.5, 0.5) == []
