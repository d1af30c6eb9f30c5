"""Ready arrays are held against what they must be, and told by their files' names."""

import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.packing.kinds.checked_array import checked_array, checked_embedding, checked_landmarks
from tests.packing.kinds.conftest import embedding, landmarks, npy


def test_what_is_right_is_read_in_either_order_of_axes():
    wanted = np.arange(6, dtype=np.float32).reshape(2, 3)
    for array in (wanted, np.asfortranarray(wanted)):
        assert np.array_equal(checked_array("a.npy", npy(array), (2, 3)), wanted)
    assert checked_embedding("a", embedding()).shape == (4096,)
    assert checked_landmarks("a", landmarks()).min() < 0, "points may lie outside of the picture"


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.zeros(3, ">f4"), "got >f4"),
        (np.zeros(3, np.float16), "got float16"),
        (np.zeros((1, 3), np.float32), r"got float32 \(1, 3\)"),
        (np.array([0, np.inf, np.nan], np.float32), "2 numbers of 3 that are NaN or infinite"),
    ],
)
def test_what_is_wrong_is_told(array, said):
    with pytest.raises(ClipError, match=f"'a.npy'.*{said}"):
        checked_array("a.npy", npy(array), (3,))
