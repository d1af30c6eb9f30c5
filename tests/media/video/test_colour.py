import av
import numpy as np
import pytest

from faceshards.media.video.colour import black_of, is_limited, planes_matrix, rgb_matrix


def tagged(layout="yuv420p", matrix=2, reach=0):
    picture = av.VideoFrame(4, 4, layout)
    picture.colorspace, picture.color_range = matrix, reach
    return picture


# Y, Cb, Cr of red, by the tables that hardware is tested with (limited range).
@pytest.mark.parametrize(
    ("matrix", "red"), [(1, (63, 102, 240)), (6, (81, 90, 240)), (2, (81, 90, 240)), (9, (74, 97, 240))]
)
def test_red_is_red_in_each_matrix(matrix, red):
    for reach in (0, 1):  # what is not told is limited
        found = rgb_matrix(tagged(matrix=matrix, reach=reach))
        assert found @ [*red, 1] == pytest.approx([255, 0, 0], abs=2)
        assert found @ [235, 128, 128, 1] == pytest.approx([255] * 3) and is_limited(found)
        assert found @ [*black_of(found), 1] == pytest.approx([0] * 3, abs=1e-9)


def test_full_range_by_its_tag_or_its_layout():
    for picture in (tagged(matrix=1, reach=2), tagged("yuvj420p", 1, 0)):
        found = rgb_matrix(picture)
        assert found @ [255, 128, 128, 1] == pytest.approx([255] * 3) and not is_limited(found)
        assert black_of(found) == [0, 128, 128]


@pytest.mark.parametrize(("layout", "matrix"), [("gbrp", 0), ("rgb24", 2), ("gray", 2), ("yuv420p", 8), ("yuv420p", 7)])
def test_other_colours_have_no_matrix_and_are_handed_over_in_bt601(layout, matrix):
    assert rgb_matrix(tagged(layout, matrix)) is None
    np.testing.assert_array_equal(planes_matrix(tagged(layout, matrix)), planes_matrix(tagged(matrix=6)))
