"""Columns of rows cut to a window: those of every stage, by what it says of its columns."""

import numpy as np
import pytest

from faceshards.errors import ColumnError
from faceshards.loaders.decode.cut import companions, cut
from faceshards.shards.schema.columns import COLUMNS

ROWS = [name for name, column in COLUMNS.items() if column.shape.startswith("(R") and column.unit != "frames"]


@pytest.mark.parametrize("column", ROWS)
def test_rows_of_any_frames_are_cut_by_the_frames_that_their_stage_names(column):
    (frame,) = companions([column])
    assert COLUMNS[frame].unit == "frames" and companions([frame, "mp4", "faces.msg", "own.npy"]) == []
    sample = {frame: np.array([0, 2, 2, 5, 7])}
    value = np.arange(10, dtype=np.float32).reshape(5, 2)
    window = np.array([2, 4, 5])
    assert cut(column, value, window, sample, []).tolist() == value[1:4].tolist()
    assert cut(frame, sample[frame], window, sample, []).tolist() == [0, 0, 2]  # counted from the window's first


def test_rows_that_were_made_anew_without_their_frames_are_refused():
    sample = {"landmarks_frame.npy": np.arange(7)}
    with pytest.raises(ColumnError, match=r"gaze\.npy has 5 rows and landmarks_frame\.npy 7: .*--follow"):
        cut("gaze.npy", np.zeros((5, 2)), np.array([4, 5]), sample, [])


def test_what_goes_by_samples_is_not_cut_by_frames():
    assert cut("envelope.npy", np.arange(99), np.array([4, 5]), {}, []).tolist() == list(range(99))


def test_poses_and_landmarks_are_among_them():
    assert {"dwpose.npy", "dwpose_score.npy", "person_box.npy", "landmarks.npy", "landmarks_score.npy"} <= set(ROWS)
