"""Arrays of a face out of columns of one row a sample, a track or a frame; and what holds none."""

import numpy as np
import pytest

from faceshards.errors import ClipError, ColumnError
from faceshards.loaders.views.face_arrays import embedding_of, landmarks_of


def test_an_embedding_is_the_column_or_the_mean_of_its_rows():
    assert embedding_of("identity.npy", np.float32([[1, 2], [3, 6]])).tolist() == [2, 4]
    one = embedding_of("face_embedding.npy", np.arange(3.0))
    assert one.tolist() == [0, 1, 2] and one.dtype == np.float32


def test_landmarks_are_the_column_or_the_first_of_its_rows():
    rows = np.arange(12.0).reshape(2, 3, 2)
    assert landmarks_of("points72.npy", rows).tolist() == [0, 1, 2, 3, 4, 5]
    assert landmarks_of("face_landmarks.npy", np.arange(4.0)).tolist() == [0, 1, 2, 3]


def test_no_row_is_no_face_and_what_is_no_array_is_refused_by_name():
    with pytest.raises(ClipError, match=r"identity\.npy has no row: no face was found"):
        embedding_of("identity.npy", np.empty((0, 4)))
    for value in (None, b"", np.zeros((2, 2, 2, 2))):
        with pytest.raises(ColumnError, match=r"identity\.npy holds no embedding"):
            embedding_of("identity.npy", value)
