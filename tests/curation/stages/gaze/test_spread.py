"""How much a gaze changes, by figures that are worked out by hand."""

import numpy as np
import pytest

from faceshards.curation.stages.gaze.spread import megactor_frames, megactor_variance, spread


def test_the_spread_is_in_degrees_and_of_both_angles():
    gaze = np.radians([[10, 0], [-10, 0], [10, 6], [-10, 6]]).astype(np.float32)
    assert spread(gaze) == pytest.approx(np.sqrt(100 + 9), rel=1e-5)
    assert spread(gaze[:1]) == 0


def test_the_eye_filter_s_variance_follows_its_formula():
    gaze = np.radians([[20, 10], [20, 10], [20, 10], [20, 10], [-20, 10], [-20, 10], [-20, 10]])
    half = np.degrees(np.arctan(np.sin(np.radians(20)) * np.cos(np.radians(10)) / np.sin(np.radians(10)))) / 2
    seen = [-half] * 3 + [half] * 4  # its yaw is positive towards the left; the maximum reaches one frame further
    assert megactor_variance(gaze) == pytest.approx(np.var(seen))


def test_every_tenth_frame_is_looked_at_and_none_behind_the_32nd():
    numbers = np.array([0, 1, 9, 10, 30, 310, 319, 320, 330])
    assert numbers[megactor_frames(numbers)].tolist() == [0, 10, 30, 310]


def test_it_jumps_where_a_gaze_crosses_the_horizon():
    up, down = np.radians([[10, 0.5]] * 6), np.radians([[10, -0.5]] * 6)
    assert megactor_variance(np.concatenate([up, down])) > 200 > megactor_variance(up)
    assert spread(np.concatenate([up, down])) < 1


def test_a_gaze_into_the_camera_is_a_number():
    assert np.isfinite(megactor_variance(np.zeros((3, 2)))) and np.isfinite(megactor_variance(np.radians([[5.0, 0]])))
