"""Boxes of the one face of a portrait, out of any column of boxes."""

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.loaders.units.portrait.face_track import face_boxes


def test_the_track_with_the_largest_sum_of_areas_is_the_face():
    table = {
        "frame": [0, 0, 1, 2, 3, 9], "track": [0, 1, 1, 1, 0, 0],
        "box": [[0, 0, 9, 9], [0, 0, 8, 8], [1, 1, 9, 9], [2, 2, 9, 9], [0, 0, 9, 9], [0, 0, 99, 99]],
    }  # fmt: skip
    found = face_boxes("faces.msg", {"faces.msg": table}, 4)
    np.testing.assert_array_equal(found, [[0, 0, 8, 8], [1, 1, 9, 9], [2, 2, 9, 9], [np.nan] * 4])


def test_without_tracks_it_is_the_largest_box_of_each_frame():
    boxes, frame = np.array([[0, 0, 5, 5], [0, 0, 2, 2], [3, 3, 1, 9]], np.float32), np.array([1, 1, 2])
    values = {"given_face_box.npy": boxes, "given_face_frame.npy": frame}
    np.testing.assert_array_equal(
        face_boxes("given_face_box.npy", values, 3), [[np.nan] * 4, [0, 0, 5, 5], [np.nan] * 4]
    )


def test_a_box_a_frame_and_one_for_all():
    zero = np.array([[1, 2, 3, 4], [0, 0, 0, 0]], np.float32)  # Sigma's "invalid"
    np.testing.assert_array_equal(face_boxes("face_box.npy", {"face_box.npy": zero}, 2), [[1, 2, 3, 4], [np.nan] * 4])
    one = face_boxes("mine.npy", {"mine.npy": np.array([1, 2, 3, 4])}, 3)
    assert one.tolist() == [[1, 2, 3, 4]] * 3


NONE = {
    "short": {"frame": [0], "box": [[1, 2, 3]]},
    "wide": np.zeros((3, 5)),
    "odd": {"frame": [0, 1], "box": [[0, 0, 1, 1]]},
}


@pytest.mark.parametrize("value", NONE.values(), ids=NONE)
def test_what_holds_no_boxes_is_a_bad_column(value):
    with pytest.raises(ClipError, match=r"mine\.npy holds no boxes"):
        face_boxes("mine.npy", {"mine.npy": value}, 3)


def test_a_column_that_is_empty_is_no_face():
    assert np.isnan(face_boxes("faces.msg", {"faces.msg": {"frame": [], "box": []}}, 2)).all()
