"""MTCNN's cascade as the stage uses it: when all of it runs, and which face stays where two meet."""

import numpy as np
import pytest

from faceshards.curation.stages.faces.cascade import Cascade
from faceshards.curation.stages.faces.faces import load_mtcnn
from faceshards.models.detections import Detections


@pytest.fixture(scope="module")
def cascade() -> Cascade:
    return Cascade(load_mtcnn(40))


def test_it_runs_where_it_is_asked_where_nobody_is_known_and_where_a_face_is_lost(cascade, astronaut):
    first, full = cascade.look(astronaut, Detections.none(), everywhere=False)
    assert len(first) == 1 and full.tolist() == [True]
    followed, full = cascade.look(astronaut, first, everywhere=False)
    assert len(followed) == 1 and full.tolist() == [False]
    _, full = cascade.look(astronaut, followed, everywhere=True)
    assert full.tolist() == [True]
    elsewhere = Detections(first.boxes - 120, first.points - 120, first.scores)
    found, full = cascade.look(astronaut, elsewhere, everywhere=False)
    assert full.tolist() == [True]
    np.testing.assert_array_equal(found.boxes, first.boxes)


def test_two_that_are_one_become_one(cascade, astronaut):
    first, _ = cascade.look(astronaut, Detections.none(), everywhere=True)
    twice = first.take(np.array([0, 0]))
    found, _ = cascade.look(astronaut, twice, everywhere=False)
    assert len(found) == 1
