"""COCO's points in OpenPose's order, against the way in which DWPose's own code gets there."""

import numpy as np
import pytest

from faceshards.curation.stages.dwpose.openpose import in_openpose_order


def theirs(points: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """The neck put in at 17, then fifteen places overwritten: (R, K + 1, 3)."""
    info = np.concatenate([points, scores[..., None]], axis=-1)
    neck = info[:, [5, 6]].mean(axis=1)
    neck[:, 2] = (info[:, 5, 2] > 0.3) & (info[:, 6, 2] > 0.3)
    info = np.insert(info, 17, neck, axis=1)
    to, of = [1, 2, 3, 4, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17], [17, 6, 8, 10, 7, 9, 12, 14, 16, 13, 15, 2, 1, 4, 3]
    info[:, to] = info[:, of]
    return info


@pytest.mark.parametrize("count", [17, 133])
def test_each_point_is_where_dwpose_puts_it(count):
    rng = np.random.default_rng(count)
    points, scores = rng.random((6, count, 2), np.float32) * 500, rng.random((6, count), np.float32)
    scores[0, 5:7], scores[1, 5:7], scores[2, 5:7] = (0.31, 0.9), (0.3, 0.9), (1.2, 0.1)
    order, known = in_openpose_order(points, scores)
    wanted = theirs(points, scores)
    assert (order.shape, known.shape, order.dtype, known.dtype) == ((6, 134, 2), (6, 134), np.float32, np.float32)
    np.testing.assert_allclose(order[:, : count + 1], wanted[..., :2], rtol=1e-6)
    np.testing.assert_array_equal(known[:, : count + 1], wanted[..., 2])
    assert known[:3, 1].tolist() == [1, 0, 0] and not order[:, count + 1 :].any() and not known[:, count + 1 :].any()


def test_nobody():
    order, known = in_openpose_order(np.zeros((0, 133, 2), np.float32), np.zeros((0, 133), np.float32))
    assert order.shape == (0, 134, 2) and known.shape == (0, 134)
