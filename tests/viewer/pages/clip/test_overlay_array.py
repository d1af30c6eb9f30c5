import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.viewer.pages.clip.overlay_array import overlay_array
from tests.viewer import burned

SIZE = np.array([burned.WIDTH, burned.HEIGHT])


def drawn(sample, column, part="", first=0, count=10):
    made = overlay_array(sample, column, part, first, count)
    assert made.dtype == np.float32 and len(made) == count
    return made


def test_boxes_are_shares_of_the_picture_with_their_tracks(plain):
    boxes = drawn(plain, "faces.msg", "box", 100, 20)
    assert boxes.shape == (20, 2, 3)
    for at in range(20):
        wanted = np.reshape(burned.box(100 + at), (2, 2)) / SIZE
        np.testing.assert_allclose(boxes[at, :, :2], wanted, atol=1e-6)
    assert (boxes[..., 2] == 3).all()


def test_a_frame_without_a_row_has_no_numbers(plain):
    mesh = drawn(plain, "landmarks.npy")
    assert mesh.shape == (10, 478, 2)
    assert np.isnan(mesh[[2, *range(5, 10)]]).all() and not np.isnan(mesh[[0, 1, 3, 4]]).any()
    np.testing.assert_allclose(mesh[3, 468], np.array([103, 80]) / SIZE, atol=1e-6)


@pytest.mark.parametrize("column", ["landmarks.npy", "gaze.npy", "headpose.npy", "face_box.npy", "dwpose.npy"])
def test_where_nobody_was_found_nothing_is_drawn(nobody, column):
    assert np.isnan(drawn(nobody, column)).all()


def test_gaze_begins_at_the_irises_and_goes_where_the_angles_say(plain):
    rays = drawn(plain, "gaze.npy")[:, :, :2] * SIZE
    np.testing.assert_allclose(rays[0], [[100, 80], [100, 80], [120, 80], [120, 80]], atol=1e-3)  # into the camera
    np.testing.assert_allclose(rays[1], [[101, 80], [131, 80], [121, 80], [151, 80]], atol=1e-3)  # to the right
    np.testing.assert_allclose(rays[3], [[103, 80], [103, 50], [123, 80], [123, 50]], atol=1e-3)  # upwards


def test_a_heads_axes_turn_with_it(plain):
    axes = drawn(plain, "headpose.npy")[:, :, :2] * SIZE
    towards = (axes[:, 1::2] - axes[:, ::2]) / 20  # right, crown, face
    np.testing.assert_allclose(towards[0], [[1, 0], [0, -1], [0, 0]], atol=1e-4)
    np.testing.assert_allclose(towards[1], [[0, 0], [0, -1], [1, 0]], atol=1e-4)  # faces the picture's right
    np.testing.assert_allclose(towards[3], [[0, 1], [1, 0], [0, 0]], atol=1e-4)  # rolled clockwise by a quarter
    np.testing.assert_allclose(towards[4], [[1, 0], [0, 0], [0, -1]], atol=1e-4)  # looks up


def test_several_persons_stand_behind_one_another_and_points_at_zero_are_not_there(plain):
    persons = drawn(plain, "dwpose.npy")
    assert persons.shape == (10, 268, 3)
    assert np.isnan(persons[2, :134, :2]).all() and np.isnan(persons[5, 134:]).all()
    np.testing.assert_allclose(persons[2, 134:], np.broadcast_to([60 / 320, 60 / 240, 0.25], (134, 3)))


def test_boxes_of_zeros_are_none(plain):
    boxes = drawn(plain, "face_box.npy")
    assert np.isnan(boxes[0]).all() and not np.isnan(boxes[1:]).any()
    np.testing.assert_allclose(boxes[1], [[0.1, 0.1], [0.2, 0.2]])


def test_who_speaks_is_said_of_the_box_of_its_track(plain):
    speaking = drawn(plain, "speaking.npy")
    assert np.isnan(speaking[:7]).all() and speaking[7, 0, 2] == 1.5 and speaking[8, 0, 2] == -2
    np.testing.assert_allclose(speaking[8, :, :2], np.reshape(burned.box(8), (2, 2)) / SIZE, atol=1e-6)


@pytest.mark.parametrize(
    ("column", "part", "said"),
    [
        ("landmarks.npy", "", r"landmarks.npy is float32 \(4, 3, 478\), not \(R, 478, 3\)"),
        ("gaze.npy", "", "landmarks.npy is float32"),
        ("dwpose.npy", "", "dwpose.npy has up to 200 rows of 134 points in a frame"),
        ("face_box.npy", "", "face_box.npy is float32"),
        ("faces.msg", "box", "faces.msg is no table of faces"),
        ("speaking.npy", "", "speaking.npy has 2 rows, speaking_track.npy 5"),
        ("mine.npy", "", "no column of this sample that can be drawn"),
        ("../json", "", "no column of this sample"),
    ],
)
def test_what_is_not_as_the_format_says_is_refused_in_a_line(hostile, column, part, said):
    with pytest.raises((ClipError, UsageError), match=said) as raised:
        overlay_array(hostile, column, part, 0, 10)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(("first", "count"), [(0, 0), (0, 1025), (-1, 5)])
def test_spans_of_frames_are_bounded(plain, first, count):
    with pytest.raises(UsageError, match="give frames from 0 on, 1 to 1024 of them"):
        overlay_array(plain, "faces.msg", "box", first, count)
