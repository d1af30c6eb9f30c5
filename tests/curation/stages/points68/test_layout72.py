"""Speech-to-face's 72 points, against the package's own listing of its features."""

import numpy as np

from faceshards.curation.stages.points68.layout72 import points_72

# face_recognition's `face_landmarks`, feature by feature, of points that are called by their numbers.
FEATURES = [
    range(17), range(17, 22), range(22, 27), range(27, 31), range(31, 36), range(36, 42), range(42, 48),
    [*range(48, 55), 64, 63, 62, 61, 60], [*range(54, 60), 48, 60, 67, 66, 65, 64],
]  # fmt: skip


def test_they_are_the_features_one_after_the_other_in_the_squashed_picture():
    points = np.repeat(np.arange(68, dtype=np.float32)[None, :, None], 2, axis=2)
    found = points_72(points, (448, 112))
    names = [point for feature in FEATURES for point in feature]
    assert len(names) == 72 and found.shape == (1, 72, 2) and found.dtype == np.float32
    np.testing.assert_allclose(found[0, :, 0], np.array(names) / 2 - 0.5)
    np.testing.assert_allclose(found[0, :, 1], np.array(names) * 2 - 0.5)
