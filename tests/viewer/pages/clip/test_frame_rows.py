import numpy as np
import pytest

from faceshards.errors import ClipError, UsageError
from faceshards.shards.schema.columns import COLUMNS
from faceshards.viewer.pages.clip import frame_rows
from faceshards.viewer.pages.clip.frame_rows import by_frame, frames_of, numbers, read_column


def test_rows_of_a_frame_stand_behind_one_another_in_their_order():
    values = np.arange(8, dtype=np.float64).reshape(4, 1, 2)
    made = by_frame(values, np.array([6, 5, 6, 9]), 5, 3, "mine.npy")
    assert made.shape == (3, 2, 2) and made.dtype == np.float32
    assert made[0, 0].tolist() == [2, 3] and np.isnan(made[0, 1]).all()
    assert made[1].tolist() == [[0, 1], [4, 5]] and np.isnan(made[2]).all()


def test_frames_without_any_row_have_room_for_one():
    assert by_frame(np.zeros((0, 3, 2)), np.zeros(0, np.int64), 0, 4, "mine.npy").shape == (4, 3, 2)


def test_too_many_numbers_are_refused():
    with pytest.raises(UsageError, match="up to 1 rows of 9,000 points in a frame"):
        by_frame(np.zeros((1, 9000, 2)), np.zeros(1, np.int64), 0, 1000, "mine.npy")


def test_a_column_is_read_where_it_is_small_enough_and_has_a_value(plain, monkeypatch):
    assert np.asarray(read_column(plain, "gaze.npy")).shape == (4, 2)
    with pytest.raises(ClipError, match=r"lids.npy has no value here"):
        read_column(plain, "lids.npy")
    monkeypatch.setattr(frame_rows, "MOST_BYTES", 100)
    with pytest.raises(UsageError, match=r"landmarks.npy has .* bytes: it is not drawn, as a page holds 100"):
        read_column(plain, "landmarks.npy")


def test_frames_are_those_of_the_column_beside(plain):
    gaze = COLUMNS["gaze.npy"]
    assert frames_of(plain, gaze, 4).tolist() == [0, 1, 3, 4]
    with pytest.raises(ClipError, match=r"landmarks_frame.npy is int64 \(4,\), gaze.npy has 5 rows"):
        frames_of(plain, gaze, 5)
    assert numbers(plain, gaze).shape == (4, 2)
