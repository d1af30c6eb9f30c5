"""The square that a portrait shows, as MegActor's v1 and Sigma cut it, and where they cut faces in two."""

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.loaders.units.portrait.crop import moved, square


def cut(crop, boxes, size, seed=0):
    return square(crop, np.array(boxes, float), size, np.random.default_rng(seed)).tolist()


def test_the_widest_square_reaches_from_the_unions_centre_to_the_nearest_edge():
    # The union is 100..300, 100..260: its centre (200, 180), 180 from the upper edge.
    assert cut("widest", [[100, 100, 200, 200], [200, 140, 300, 260]], (640, 480)) == [20, 0, 380, 360]
    assert cut("widest", [[100, 100, 200, 200]], (300, 300)) == [0, 0, 300, 300]


def test_a_face_at_the_edge_is_shown_whole():
    assert cut("widest", [[0, 100, 80, 200]], (640, 480)) == [0, 100, 100, 200]
    assert cut("widest", [[-40, 100, 80, 200]], (640, 480)) == [0, 100, 100, 200]
    assert cut("widest", [[10, 0, 90, 48]], (100, 48)) == [26, 0, 74, 48]  # no square holds it


def test_margins_go_by_the_longer_side_and_are_drawn():
    seen = [np.array(cut("margins", [[900, 900, 1000, 1080]], (2000, 2000), seed)) for seed in range(50)]
    for one in seen:
        side = one[2] - one[0]
        assert one[3] - one[1] == side and not (one % 2).any()
        # The square is the shorter one of 2.5 and of 2.5 times the longer side, 180, each part times 0.8 to 1.2.
        assert 0.8 * 2.5 * 180 - 2 <= side <= 1.2 * 2.5 * 180
        assert one[0] < 900 and one[1] < 900 and one[2] > 1000 and one[3] > 1080
    assert len({tuple(one) for one in seen}) > 40
    assert cut("margins", [[0, 0, 1000, 1000]], (1000, 1000)) == [0, 0, 1000, 1000]


def test_boxes_outside_of_the_picture_are_refused():
    with pytest.raises(ClipError, match="outside of a picture of 640x480"):
        cut("widest", [[700, 100, 800, 200]], (640, 480))


def test_points_go_with_the_square():
    assert moved(np.array([[20.0, 0.0], [380, 360], [200, 180]]), np.array([20, 0, 380, 360]), 512).tolist() == [
        [0, 0], [512, 512], [256, 256],
    ]  # fmt: skip
