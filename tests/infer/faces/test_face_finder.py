"""The best face of pictures, upright, with its points in the pixels of what is shown."""

import numpy as np
import pytest

from faceshards.infer.faces.face_finder import FaceFinder

GREY = np.full((120, 160, 3), 128, np.uint8)


@pytest.fixture(scope="module")
def finder():
    return FaceFinder()


def test_the_best_face_of_several_pictures_is_cut_out_upright(finder, photo):
    face = finder.best([GREY, photo, GREY])
    left, right, nose, *corners = face.points
    assert face.picture.shape == (224, 224, 3) and face.points.shape == (5, 2)
    assert left[0] < nose[0] < right[0] and abs(left[1] - right[1]) < 6 and all(one[1] > nose[1] for one in corners)
    assert finder.best([GREY]) is None and finder.best([]) is None


def test_its_72_points_lie_about_its_five(finder, photo):
    face = finder.best([photo])
    points = finder.points_72(face.picture)
    assert points.shape == (72, 2) and points.dtype == np.float32
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    for eye, found in zip(eyes, face.points[:2], strict=True):
        assert np.linalg.norm(eye - found) < 8
    assert finder.points_72(np.full((224, 224, 3), 128, np.uint8)) is None
