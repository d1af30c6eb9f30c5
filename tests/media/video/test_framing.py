import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.video.framing import Framing, Placement


@pytest.mark.parametrize(
    ("framing", "place"),
    [
        (Framing(), Placement((0, 0, 640, 360), (0, 0, 640, 360), (640, 360))),
        (Framing((64, 64)), Placement((0, 0, 640, 360), (0, 0, 64, 64), (64, 64))),
        (Framing((64, 64), "letterbox"), Placement((0, 0, 640, 360), (0, 14, 64, 50), (64, 64))),
        (Framing((64, 64), "crop"), Placement((140, 0, 500, 360), (0, 0, 64, 64), (64, 64))),
        (Framing((64, 64), box=(100, 50, 200, 150)), Placement((100, 50, 200, 150), (0, 0, 64, 64), (64, 64))),
        (Framing(box=(101, 50, 200.4, 150)), Placement((100, 50, 200, 150), (0, 0, 100, 100), (100, 100))),
        (Framing((64, 32), "crop", (100, 50, 200, 150)), Placement((100, 76, 200, 124), (0, 0, 64, 32), (64, 32))),
        # Outside of the picture there is black.
        (Framing((64, 64), box=(-64, -64, 64, 64)), Placement((0, 0, 64, 64), (32, 32, 64, 64), (64, 64))),
        (Framing((64, 64), box=(540, 0, 740, 200)), Placement((540, 0, 640, 200), (0, 0, 32, 64), (64, 64))),
    ],
)
def test_where_a_picture_goes(framing, place):
    assert framing.place((640, 360), 0) == place
    assert framing.shown((640, 360)) == place.size


def test_planes_of_an_odd_picture_leave_its_last_pixel_out():
    assert Framing(pixel="yuv420").place((361, 205), 0) == Placement((0, 0, 360, 204), (0, 0, 360, 204), (360, 204))
    assert Framing().place((361, 205), 0) == Placement((0, 0, 361, 205), (0, 0, 361, 205), (361, 205))


@pytest.mark.parametrize(("rotation", "turns"), [(0, 0), (90, -1), (180, 2), (270, 1)])
def test_a_box_means_the_upright_picture(rotation, turns):
    lying = np.arange(24 * 40).reshape(24, 40)
    upright = np.rot90(lying, turns)  # numpy turns anticlockwise
    place = Framing(box=(4, 6, 12, 20)).place((40, 24), rotation)
    left, top, right, bottom = place.source
    np.testing.assert_array_equal(np.rot90(lying[top:bottom, left:right], turns), upright[6:20, 4:12])
    assert place.target == (0, 0, *place.size)


@pytest.mark.parametrize("box", [(0, 0, 0, 5), (5, 5, 1, 9), (np.nan, 0, 1, 1), (700, 0, 800, 100), (0, -90, 20, -3)])
def test_a_box_that_shows_nothing_is_a_bad_column(box):
    with pytest.raises(ClipError, match="the box") as caught:
        Framing((64, 64), box=box).place((640, 360), 0)
    assert caught.value.code == "bad-column"
