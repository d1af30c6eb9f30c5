from fractions import Fraction

import numpy as np
import pytest

from faceshards.media.timeline import NO_TIME, Timeline, rate_of

MS = Fraction(1, 1000)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        ([30000, 1001], Fraction(30000, 1001)), ([25, 1], 25), (30, 30), (12.5, Fraction(25, 2)), (None, 25),
        ("24", 25), ([0, 1], 25), ([1, 0], 25), (["a", 1], 25), ([30], 25), (0, 25), (-5, 25), (float("nan"), 25),
        (float("inf"), 25), (True, 25), (1e-9, 25),
    ],
    ids=str,
)  # fmt: skip
def test_there_is_one_rule_for_a_rate(fps, rate):
    assert rate_of({"fps": fps}) == rate and rate_of({}) == 25


def test_seconds_count_from_the_first_picture():
    line = Timeline(np.array([500, 540, 590, 700]), MS, 500)
    assert line.times.tolist() == pytest.approx([0, 0.04, 0.09, 0.2]) and line.at(2) == pytest.approx(0.09)


def test_the_last_pictures_last_as_long_as_the_one_before():
    line = Timeline(np.array([0, 40, 90, 200]), MS, 0)
    assert line.lasting(0, 3) == pytest.approx(0.2)
    assert line.lasting(1, 4) == pytest.approx(0.27) and line.lasting(1, 6) == pytest.approx(0.49)
    assert Timeline(np.array([7]), MS, 7, Fraction(50)).lasting(0, 1) == pytest.approx(0.02)


def test_pictures_within_a_span_are_those_that_are_seen_in_it():
    line = Timeline(np.array([0, 40, 80, 120]), MS, 0)
    assert line.within(0.04, 0.12).tolist() == [1, 2]
    assert line.within(0.05, 0.0801).tolist() == [1, 2]
    assert line.within(0.0, 9.0).tolist() == [0, 1, 2, 3] and line.within(1.0, 2.0).tolist() == [3]


def test_a_pace_of_its_own_takes_pictures_by_their_times():
    line = Timeline(np.arange(60) * 40, MS, 0)
    assert line.paced(0, 12.5, 5).tolist() == [0, 2, 4, 6, 8]
    assert line.paced(3, 50, 4).tolist() == [3, 3, 4, 4]
    assert line.room(25, 60) == 1 and line.room(25, 61) == 0 and line.room(12.5, 10) == 42


def test_times_that_the_container_does_not_give_are_guessed():
    unknown = np.full(3, NO_TIME)
    assert Timeline.guessed(unknown, np.array([3, 1, 2]), MS, Fraction(25)).times.tolist() == [0.0, 0.001, 0.002]
    assert Timeline.guessed(unknown, unknown, MS, Fraction(25)).times.tolist() == pytest.approx([0.0, 0.04, 0.08])
