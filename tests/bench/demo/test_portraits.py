"""The demo's portraits: two people, each with its points where a detector finds them."""

import numpy as np
import pytest

from faceshards.bench.demo.portraits import SIDE, portraits, scenery
from faceshards.curation.stages.faces.faces import load_mtcnn


def test_the_portraits_are_two_people_and_the_scenery_has_their_size():
    people = portraits()
    assert [person.identity for person in people] == ["collins", "hopper"]
    assert all(person.picture.shape == (SIDE, SIDE, 3) and person.points.shape == (5, 2) for person in people)
    assert scenery().shape == (SIDE, SIDE, 3)


@pytest.mark.parametrize("portrait", portraits(), ids=lambda one: one.identity)
def test_the_points_lie_where_a_detector_sees_eyes_nose_and_mouth(portrait):
    found = load_mtcnn(40).detect(portrait.picture)
    assert len(found) == 1
    eyes = np.linalg.norm(portrait.points[1] - portrait.points[0])
    assert np.linalg.norm(found.points[0] - portrait.points, axis=1).max() < 0.15 * eyes


def test_the_scenery_has_no_face():
    assert len(load_mtcnn(40).detect(scenery())) == 0


def test_pictures_are_colour_that_is_their_own_to_draw_on():
    for picture in (*(one.picture for one in portraits()), scenery()):
        assert picture.dtype == np.uint8 and picture.std() > 20
        picture[:] = 0
    assert portraits()[0].picture.std() > 20
