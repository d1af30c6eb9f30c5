"""Grids of anchors, and overlapping detections that become one."""

import numpy as np

from faceshards.models.sessions.anchors import anchors, averaged


def test_anchors_are_the_middles_of_cells_row_by_row():
    found = anchors(16, ((8, 2), (16, 1)))
    np.testing.assert_allclose(found[::2][:4], [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]])
    np.testing.assert_allclose(found[[0, 1]], found[[0, 0]])
    np.testing.assert_allclose(found[-1], [0.5, 0.5])


def test_what_overlaps_the_surest_is_averaged_with_it_by_its_score():
    boxes = np.array([[0, 0, 10, 10], [100, 0, 110, 10], [1, 0, 11, 10]], np.float32)
    points = boxes[:, None, :2]
    scores = np.array([0.25, 0.5, 0.75], np.float32)
    merged, places, sure = averaged(boxes, points, scores, 0.3)
    np.testing.assert_allclose(merged, [[0.75, 0, 10.75, 10], [100, 0, 110, 10]])
    np.testing.assert_allclose(places, [[[0.75, 0]], [[100, 0]]])
    np.testing.assert_allclose(sure, [0.75, 0.5])


def test_nothing_gives_nothing():
    merged, places, sure = averaged(np.zeros((0, 4)), np.zeros((0, 4, 2)), np.zeros(0), 0.3)
    assert (merged.shape, places.shape, sure.shape) == ((0, 4), (0, 4, 2), (0,))
