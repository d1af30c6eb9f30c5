import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.viewer.pages.clip.found_faces import FoundFaces
from tests.viewer import burned


def test_rows_are_arrays_of_one_length(plain):
    faces = FoundFaces.of(plain)
    assert faces.frames.tolist() == list(range(burned.FRAMES)) and set(faces.tracks.tolist()) == {3}
    assert faces.boxes.shape == (burned.FRAMES, 2, 2) and faces.points.shape == (burned.FRAMES, 5, 2)
    np.testing.assert_allclose(faces.boxes[4].reshape(4), burned.box(4))
    np.testing.assert_allclose(faces.points[4], [[14, 20]] * 5)


def test_what_is_no_table_is_refused(hostile):
    with pytest.raises(ClipError, match=r"faces.msg is no table of faces") as raised:
        FoundFaces.of(hostile)
    assert raised.value.code == "bad-column"
