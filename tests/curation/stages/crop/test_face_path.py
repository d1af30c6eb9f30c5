"""Which face a clip's main one is, and its way: gaps, jumps and jitter."""

import numpy as np
import pytest

from faceshards.curation.stages.crop.face_path import FacePath
from faceshards.curation.stages.faces.table import FaceArrays


def faces(*rows: tuple[int, int, float, float, float]) -> FaceArrays:
    """Rows (frame, track, x, y, side): boxes from x, y on; all five points in their middles."""
    frame, track, x, y, side = map(np.array, zip(*sorted(rows), strict=True))
    boxes = np.stack([x, y, x + side, y + side], axis=1)
    points = np.repeat((boxes[:, None, :2] + boxes[:, None, 2:]) / 2, 5, axis=1)
    return FaceArrays(frame, track, boxes, points, np.ones(len(frame)))


def test_the_largest_track_is_taken_and_not_the_first_or_the_longest():
    small = [(frame, 0, 0.0, 0.0, 10.0) for frame in range(9)]
    large = [(frame, 1, 50.0, 0.0, 40.0) for frame in range(2, 7)]
    path = FacePath.of(faces(*small, *large), 9)
    assert (path.boxes == [50, 0, 90, 40]).all() and path.parts == ((0, 9),)
    assert path.seen.tolist() == [False, False, True, True, True, True, True, False, False]
    np.testing.assert_array_equal(path.points, np.broadcast_to([70.0, 20.0], (9, 5, 2)))


def test_between_two_frames_of_a_track_it_goes_straight_and_beyond_them_it_stays():
    path = FacePath.of(faces((1, 0, 10.0, 0.0, 10.0), (5, 0, 30.0, 8.0, 10.0)), 8)
    assert path.boxes[:, 0].tolist() == [10, 10, 15, 20, 25, 30, 30, 30]
    assert path.boxes[:, 1].tolist() == [0, 0, 2, 4, 6, 8, 8, 8]


def test_who_comes_when_the_first_has_gone_is_jumped_to_and_not_glided():
    first = [(frame, 0, 0.0, 0.0, 40.0) for frame in range(20)]
    second = [(frame, 1, 200.0, 0.0, 30.0) for frame in range(24, 40)]
    other = [(frame, 2, 100.0, 0.0, 20.0) for frame in range(40)]  # always there, never the largest
    path = FacePath.of(faces(*first, *second, *other), 40)
    assert path.parts == ((0, 22), (22, 40)) and path.seen.sum() == 36
    calm = path.smooth(path.boxes, 13)
    np.testing.assert_allclose(calm[:22], np.tile([0, 0, 40, 40], (22, 1)))
    np.testing.assert_allclose(calm[22:], np.tile([200, 0, 230, 30], (18, 1)))


def test_an_outlier_is_gone_jitter_is_less_and_a_straight_way_stays():
    way = np.arange(60.0)
    path = FacePath.of(faces(*((frame, 0, float(frame), 0.0, 10.0) for frame in range(60))), 60)
    spoiled = way.copy()
    spoiled[30] += 100
    calm = path.smooth(spoiled, 13)
    assert np.abs(calm - way)[15:45].max() < 1
    shaking = way + np.random.default_rng(0).normal(0, 2, 60)
    assert np.diff(path.smooth(shaking, 13)).std() < 0.2 * np.diff(shaking).std()
    assert path.smooth(way, 1) is way


def test_a_clip_shorter_than_the_window_and_one_of_a_frame():
    path = FacePath.of(faces((0, 0, 3.0, 4.0, 10.0)), 1)
    np.testing.assert_allclose(path.smooth(path.boxes, 13), [[3, 4, 13, 14]])
    path = FacePath.of(faces((0, 0, 0.0, 0.0, 10.0), (1, 0, 2.0, 0.0, 10.0)), 2)
    assert path.smooth(path.boxes[:, 0], 101) == pytest.approx([1, 1], abs=0.5)


def test_nobody_has_no_path():
    assert FacePath.of(FaceArrays.of({}), 5) is None
