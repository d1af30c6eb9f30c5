"""Openings of eyes and mouths whose distances are known."""

import numpy as np

from faceshards.curation.stages.expression.openings import eye_openings, mouth_openings
from faceshards.models.sessions.face_layouts import LIDS


def test_an_eye_is_as_open_as_its_lids_are_apart_over_its_width():
    lids = np.zeros((1, 2, 16, 2), np.float32)
    for point, (x, y) in {33: (0, 0), 133: (-40, 30), 160: (0, 6), 144: (0, -4), 158: (9, 0), 153: (3, 8)}.items():
        lids[0, :, LIDS[0].index(point)] = x, y
    lids[0, 1] *= 3
    np.testing.assert_allclose(eye_openings(lids), [[0.2, 0.2]], rtol=1e-6)
    assert eye_openings(lids * 0).tolist() == [[0, 0]]


def test_a_mouth_is_as_open_as_its_lips_are_apart_over_the_face():
    mesh = np.zeros((2, 478, 3), np.float32)
    mesh[:, 10], mesh[:, 152] = (0, 0, 60), (0, 80, 0)
    mesh[0, 14] = (0, 8, 6)
    np.testing.assert_allclose(mouth_openings(mesh), [0.1, 0], rtol=1e-6)
