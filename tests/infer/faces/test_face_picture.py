"""The drawn page: labelled faces, untouched and with discs where the points are; notes below."""

import numpy as np

from faceshards.infer.faces.face_picture import LABEL, Face, marked, page

BLACK = np.zeros((224, 224, 3), np.uint8)


def test_points_are_drawn_where_they_are():
    drawn = marked(Face(BLACK, np.array([[50.0, 100.0], [500.0, -3.0]], np.float32)))
    assert not BLACK.any()
    rows, columns = np.nonzero(drawn.any(2))
    assert len(rows) > 8  # one disc; the other point lies outside
    assert rows.mean() + 0.5 == 100 and columns.mean() + 0.5 == 50


def test_each_face_stands_under_its_label_and_a_second_time_with_its_points():
    face = Face(BLACK + 40, np.array([[50.0, 100.0]], np.float32))
    drawn = page([("of the voice", face), ("its own face", Face(BLACK + 90))])
    assert drawn.shape == (LABEL + 224, 3 * 224, 3)
    assert (drawn[LABEL:, :224] == 40).all() and (drawn[LABEL:, 448:] == 90).all()
    np.testing.assert_array_equal(drawn[LABEL:, 224:448], marked(face))
    for panel in np.split(drawn[:LABEL], 3, axis=1):
        assert panel.any(), "a label"


def test_notes_stand_below_the_pictures_and_are_wrapped():
    plain, noted = page([("a", Face(BLACK))]), page([("a", Face(BLACK))], ["word " * 20])
    np.testing.assert_array_equal(noted[: len(plain)], plain)
    assert len(noted) > len(plain) + LABEL and noted[len(plain) :].any()
