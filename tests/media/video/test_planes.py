import av
import numpy as np
import pytest

from faceshards.media.video.planes import cut, planes_of, split


def test_planes_are_the_pictures_own_memory_without_its_padding():
    picture = av.VideoFrame.from_ndarray(np.arange(9 * 10, dtype=np.uint8).reshape(9, 10), "yuv420p")
    luma, blue, red = planes_of(picture)
    assert luma.shape == (6, 10) and blue.shape == red.shape == (3, 5)
    assert blue.ravel().tolist() == list(range(60, 75)) and red[-1, -1] == 89
    luma[:] = 7
    assert picture.to_ndarray()[:6].min() == 7
    assert planes_of(av.VideoFrame(4, 4, "rgb24")) is planes_of(av.VideoFrame(4, 4, "yuv420p10le")) is None


def test_what_is_handed_over_is_split_as_ffmpeg_lays_it_out():
    flat = np.arange(6 * 6, dtype=np.uint8).reshape(6, 6)
    found = split(flat)
    assert [plane.shape for plane in found] == [(4, 6), (2, 3), (2, 3)]
    for plane, own in zip(found, planes_of(av.VideoFrame.from_ndarray(flat, "yuv420p")), strict=True):
        np.testing.assert_array_equal(plane, own)
    found[2][:] = 0
    assert not flat.ravel()[-6:].any()


@pytest.mark.parametrize(("layout", "down"), [("yuv420p", 2), ("yuv444p", 1), ("gbrp", 1)])
def test_a_part_is_cut_out_of_every_plane(layout, down):
    picture = av.VideoFrame(20, 12, layout)
    for plane in picture.planes:
        plane.update(bytes(n % 251 for n in range(plane.buffer_size)))
    picture.colorspace, picture.color_range = 1, 2
    part = cut(picture, (4, 2, 13, 11))
    assert (part.width, part.height, part.colorspace, part.color_range) == (9, 9, 1, 2)
    luma, blue, _ = zip(planes_of(picture), planes_of(part), strict=True)
    np.testing.assert_array_equal(luma[1], luma[0][2:11, 4:13])
    np.testing.assert_array_equal(blue[1], blue[0][2 // down : -(-11 // down), 4 // down : -(-13 // down)])
