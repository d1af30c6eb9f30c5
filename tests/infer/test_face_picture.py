"""The drawn result: the face untouched on the left, discs where the points are on the right."""

import numpy as np

from faceshards.infer.face_picture import Face, side_by_side


def test_points_are_drawn_where_they_are():
    face = Face(np.zeros((224, 224, 3), np.uint8), np.array([[50.0, 100.0], [500.0, -3.0]], np.float32))
    drawn = side_by_side(face)
    assert drawn.shape == (224, 448, 3) and not drawn[:, :224].any() and not face.picture.any()
    rows, columns = np.nonzero(drawn[:, 224:].any(2))
    assert len(rows) > 8  # one disc; the other point lies outside
    assert rows.mean() + 0.5 == 100 and columns.mean() + 0.5 == 50
