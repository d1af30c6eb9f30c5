import numpy as np
import pytest

from faceshards.errors import ColumnError
from faceshards.shards.legacy.ragged_rows import as_array, as_list, flat


def numbers(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


def test_an_array_and_a_list_of_its_frames_are_the_same_rows():
    value = numbers(3, 2, 4)
    one, other = flat(value, (4,), "x"), flat(list(value), (4,), "x")
    assert one.frame.tolist() == other.frame.tolist() == [0, 0, 1, 1, 2, 2] and one.frames == 3
    np.testing.assert_array_equal(one.rows, other.rows)
    np.testing.assert_array_equal(as_array(one), value)


def test_people_that_come_and_go():
    value = [numbers(2, 4), np.zeros((0, 4), np.float32), numbers(1, 4)]
    rows = flat(value, (4,), "x")
    assert rows.counts.tolist() == [2, 0, 1] and rows.frame.tolist() == [0, 0, 2]
    for back in (as_list(rows), as_array(rows)):
        assert isinstance(back, list)
        for old, new in zip(value, back, strict=True):
            np.testing.assert_array_equal(old, new)


def test_nobody_in_the_whole_clip():
    rows = flat(np.zeros((5, 0), np.float32), (134, 2), "x")
    assert rows.frames == 5 and not len(rows.rows) and as_array(rows).shape == (5, 0)


@pytest.mark.parametrize("value", [numbers(3, 2, 5), numbers(3, 2, 4).astype(int), [numbers(4)], "text", None, [1]])
def test_other_values_are_no_rows(value):
    with pytest.raises(ColumnError, match="must be"):
        flat(value, (4,), "x")
