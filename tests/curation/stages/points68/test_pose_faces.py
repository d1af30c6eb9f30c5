"""The largest sure face of each frame, of poses."""

import numpy as np

from faceshards.curation.stages.points68.pose_faces import pose_faces


def test_the_largest_sure_face_of_each_frame_is_taken():
    rng = np.random.default_rng(0)
    sizes, sure = np.array([10.0, 30, 90, 20, 5]), np.array([0.9, 0.5, 0.1, 0.2, 0.8])
    points = rng.random((5, 134, 2)) * sizes[:, None, None]
    scores = np.repeat(sure[:, None], 134, axis=1)
    scores[:, :24] = 9  # the body does not count
    found, their, numbers = pose_faces(points, scores, np.array([0, 0, 0, 1, 4]), 0.3)
    assert numbers.tolist() == [0, 4]
    np.testing.assert_array_equal(found, points[[1, 4], 24:92])
    assert their.mean(axis=1).round(3).tolist() == [0.5, 0.8]


def test_nobody_is_a_result():
    found, sure, numbers = pose_faces(np.zeros((0, 134, 2)), np.zeros((0, 134)), np.zeros(0, np.int64), 0.3)
    assert found.shape == (0, 68, 2) and sure.shape == (0, 68) and numbers.shape == (0,)
