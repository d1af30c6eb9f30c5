"""Faces at 25 pictures a second, and their crops."""

import numpy as np
import pytest

from faceshards.curation.stages.faces.table import FaceArrays
from faceshards.curation.stages.talking.followed import SIDE, cut, followed
from faceshards.errors import ClipError
from tests.curation.stages.talking.followed_faces import table

BOX = (40, 30, 80, 90)


def faces(boxes, count):
    return FaceArrays.of(table(boxes, count))


@pytest.mark.parametrize(("fps", "moments"), [(25, 31), (30, 26), (22.13, 35), (12.5, 61), (2000, 1)])
def test_a_clip_of_any_rate_is_seen_25_times_a_second(fps, moments):
    times = np.arange(31) / fps
    (face,) = followed(faces({3: dict.fromkeys(range(31), BOX)}, 31), times, 1)
    assert face.track == 3 and len(face.frames) == moments and (np.diff(face.frames) >= 0).all()
    assert np.abs(times[face.frames] - np.arange(moments) / 25).max() <= 0.5 / fps + 0.0101
    assert face.own.tolist() == list(range(31))
    assert np.abs(np.minimum(np.arange(moments) / 25, 9)[face.moments] - times).max() <= 0.02 + 0.26 / 25


def test_a_track_that_begins_late_counts_from_its_own_first_frame():
    (face,) = followed(faces({0: {7: BOX, 8: BOX}}, 20), np.arange(20) / 25, 1)
    assert face.start == pytest.approx(0.28) and face.frames.tolist() == [7, 8] == face.own.tolist()


def test_where_a_face_was_lost_its_box_moves_evenly_and_jitter_is_taken_out():
    seen = {frame: (40 + frame, 30, 80 + frame, 90) for frame in range(40) if frame not in range(11, 19)}
    seen[25] = (0, 0, 200, 200)  # one wild box
    (face,) = followed(faces({0: seen}, 40), np.arange(40) / 25, 1)
    np.testing.assert_allclose(face.squares[8:34, 0], 60 + np.arange(8, 34), atol=1)
    np.testing.assert_allclose(face.squares[:, 1:], [[60, 30]] * 40)


def test_the_faces_that_cover_most_come_first():
    small, large = (0, 0, 10, 10), (0, 0, 50, 50)
    boxes = {0: dict.fromkeys(range(20), small), 1: dict.fromkeys(range(3), large), 2: dict.fromkeys(range(2), large)}
    times = np.arange(20) / 25
    assert [face.track for face in followed(faces(boxes, 20), times, 2)] == [1, 2]
    assert [face.track for face in followed(faces(boxes, 20), times, 9)] == [1, 2, 0]
    assert followed(faces({}, 20), times, 9) == []


def test_a_crop_reaches_a_half_side_up_and_nearly_two_down():
    picture = np.zeros((400, 400, 3), np.uint8)
    picture[..., 0] = np.arange(400)[:, None] % 256
    picture[..., 1] = np.arange(400)[None] % 256
    crop = cut(picture, 120.0, 100.0, 50.0)
    assert crop.shape == (SIDE, SIDE, 3)
    # rows 50 to 190, columns 50 to 190
    for place, number in ((0, 50), (-1, 189)):
        assert crop[place, 100, 0] == pytest.approx(number, abs=1) and crop[100, place, 1] == pytest.approx(
            number, abs=1
        )


def test_beyond_the_picture_a_crop_is_grey_and_a_face_outside_is_all_grey():
    picture = np.full((100, 100, 3), 7, np.uint8)
    crop = cut(picture, 10, 10, 40)
    assert (crop[0, 0] == 110).all() and (crop[-1, -1] == 7).all()
    assert (cut(picture, -500, -500, 20) == 110).all() and (cut(picture, 50, 50, 0) == 7).all()


def test_chunks_together_are_the_whole():
    shown = np.random.default_rng(0).integers(0, 256, (30, 100, 120, 3), np.uint8)
    (face,) = followed(faces({0: dict.fromkeys(range(2, 28), BOX)}, 30), np.arange(30) / 30, 1)
    parts = [crop for start in range(0, 30, 7) for crop in face.cut(shown[start : start + 7], start)]
    assert len(parts) == len(face.frames)
    np.testing.assert_array_equal(parts, list(face.cut(shown, 0)))


def test_a_frame_that_is_shown_for_hours_takes_no_memory_and_for_days_is_refused():
    shown, times = np.zeros((3, 100, 120, 3), np.uint8), np.array([0, 1, 36_000.0])
    (face,) = followed(faces({0: dict.fromkeys(range(3), BOX)}, 3), times, 1)
    crops = face.cut(shown, 0)
    assert next(crops).shape == (SIDE, SIDE, 3) and len(face.frames) == 900_001
    with pytest.raises(ClipError, match="shown for 200000 s"):
        followed(faces({0: dict.fromkeys(range(3), BOX)}, 3), np.array([0, 1, 200_000.0]), 1)
