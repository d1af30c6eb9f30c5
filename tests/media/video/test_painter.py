import io
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.media.video.decode import frames
from faceshards.media.video.framing import Framing
from faceshards.media.video.painter import Painter
from faceshards.media.video.planes import split

# ITU-T H.273: code of the matrix -> (Kr, Kb)
MATRICES = {1: (0.2126, 0.0722), 2: (0.299, 0.114), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
LIMITED, FULL = 1, 2


@pytest.mark.parametrize("matrix", MATRICES)
@pytest.mark.parametrize("reach", [LIMITED, FULL])
@pytest.mark.parametrize(("size", "off"), [(None, 3), ((40, 24), 1)])
def test_colours_follow_the_tags(matrix, reach, size, off):
    """Flat Y'CbCr pictures with tags, converted here by H.273's formulas in floating point."""
    colours = [(90, 100, 200), (150, 60, 110), (60, 200, 120), (128, 128, 128), (200, 128, 128)]
    kr, kb = MATRICES[matrix]
    for picture, (y, cb, cr) in zip(frames(flat_clip(colours, matrix, reach), size=size), colours, strict=True):
        luma, blue, red = ((y - 16) / 219, (cb - 128) / 224, (cr - 128) / 224)
        if reach == FULL:
            luma, blue, red = y / 255, (cb - 128) / 255, (cr - 128) / 255
        r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
        g = (luma - kr * r - kb * b) / (1 - kr - kb)
        expected = np.clip(np.array([r, g, b]) * 255, 0, 255)
        assert np.abs(picture[8:-8, 8:-8] - expected).max() <= off, (matrix, reach, y, cb, cr)


def flat_clip(colours, matrix, reach) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=25, options={"threads": "1", "qp": "0", "preset": "ultrafast"})
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        stream.codec_context.colorspace, stream.codec_context.color_range = matrix, reach
        for index, values in enumerate(colours):
            frame = av.VideoFrame(64, 64, "yuv420p")
            for plane, value in zip(frame.planes, values, strict=True):
                plane.update(bytes([value]) * plane.buffer_size)
            frame.pts, frame.time_base = index, Fraction(1, 25)
            frame.colorspace, frame.color_range = matrix, reach
            out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return buffer.getvalue()


def test_scaling_is_bilinear(made):
    """Against Pillow's bilinear filter, on grey noise, where a wrong filter is far off."""
    noise = np.random.default_rng(1).integers(30, 220, (96, 96, 1), np.uint8).repeat(3, 2)
    clip = made([noise] * 2, options={"qp": "0"})
    whole, small = next(frames(clip)), next(frames(clip, size=(40, 24)))
    assert small.shape == (24, 40, 3)
    picture = Image.fromarray(whole)
    off = {
        filter_.name: np.abs(np.asarray(picture.resize((40, 24), filter_)).astype(int) - small).mean()
        for filter_ in (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)
    }
    # FFmpeg's other filters are at least 3 away from Pillow's bilinear one (bicubic 3.0, area 6.3, fast bilinear 24).
    assert off["BILINEAR"] < 2 < min(off["BICUBIC"], off["BOX"])


def grey_steps() -> av.VideoFrame:
    """A picture of 4x2 pixels, each its own grey."""
    levels = np.arange(8, dtype=np.uint8).reshape(2, 4) * 30
    return av.VideoFrame.from_ndarray(np.stack([levels] * 3, 2), "rgb24")


@pytest.mark.parametrize(("degrees", "turns"), [(0, 0), (90, -1), (180, 2), (270, 1)])
def test_a_picture_is_turned_clockwise_pixel_by_pixel(degrees, turns):
    picture = grey_steps()
    expected = np.rot90(picture.to_ndarray(), turns)  # numpy turns anticlockwise
    painter = Painter(Framing(), degrees)
    assert painter.shape(picture) == expected.shape
    out = np.zeros(painter.shape(picture), np.uint8)
    painter.paint(picture, out)
    np.testing.assert_array_equal(out, expected)


def test_the_size_is_that_of_the_upright_picture():
    painter = Painter(Framing((6, 10)), 90)
    assert painter.shape(grey_steps()) == (10, 6, 3)
    out = np.zeros((10, 6, 3), np.uint8)
    painter.paint(grey_steps(), out)
    assert out[0, -1].max() == 0 and out[-1, 0].min() > 200  # the first pixel is top right


def test_a_picture_of_another_size_than_the_first_is_refused():
    painter, out = Painter(Framing((4, 2))), np.zeros((2, 4, 3), np.uint8)
    painter.paint(grey_steps(), out)
    with pytest.raises(ClipError, match=r"\(4, 2\) to \(2, 4\)") as caught:
        painter.paint(av.VideoFrame(2, 4, "rgb24"), out)
    assert caught.value.code == "mixed-sizes"


def steps(size, layout="yuv420p"):
    """A picture of blocks of 8x8 pixels, each of its own colour."""
    width, height = size
    blocks = np.random.default_rng(3).integers(30, 220, (height // 8, width // 8, 3), np.uint8)
    rgb = av.VideoFrame.from_ndarray(np.ascontiguousarray(blocks.repeat(8, 0).repeat(8, 1)), "rgb24")
    return rgb.reformat(format=layout)


def painted(picture, rotation=0, **words):
    painter = Painter(Framing(**words), rotation)
    out = np.full(painter.shape(picture), 77, np.uint8)
    painter.paint(picture, out)
    return out, painter.matrix


def is_near(picture, other):
    """But where a filter, or finer chroma, looks beyond an edge."""
    return np.median(np.abs(picture.astype(int) - other)) <= 3


@pytest.mark.parametrize("layout", ["yuv420p", "yuv444p", "rgb24", "yuv420p10le"])
def test_a_crop_is_that_part_and_black_where_it_leaves_the_picture(layout):
    picture = steps((64, 48), layout)
    whole, _ = painted(picture)
    part, _ = painted(picture, box=(16, 8, 48, 40))
    assert is_near(part, whole[8:40, 16:48])
    out, _ = painted(picture, box=(-16, -8, 16, 24))
    assert not out[:8].any() and not out[:, :16].any()
    assert is_near(out[8:, 16:], whole[:24, :16])
    boxed, _ = painted(picture, size=(32, 32), fit="letterbox")
    small, _ = painted(picture, size=(32, 24))
    assert not boxed[:4].any() and not boxed[-4:].any()
    np.testing.assert_array_equal(boxed[4:-4], small)
    middle, _ = painted(picture, size=(24, 24), fit="crop")
    # A cut picture of 10 bits comes by way of RGB, whose colours are wider at their edges.
    assert is_near(middle, small[:, 4:28]) or layout == "yuv420p10le"


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
@pytest.mark.parametrize(
    "framing", [{}, {"size": (32, 32)}, {"size": (32, 48), "fit": "letterbox"}, {"box": (4, 8, 36, 40)}]
)
def test_planes_of_turned_cut_and_boxed_pictures_are_those_of_their_rgb(rotation, framing):
    picture = steps((64, 64))
    rgb, _ = painted(picture, rotation, **framing)
    flat, matrix = painted(picture, rotation, pixel="yuv420", **framing)
    luma, blue, red = split(flat)
    # Of blocks of one colour, colour loses nothing where it is halved once more, or only at their edges.
    full = np.stack([luma, blue.repeat(2, 0).repeat(2, 1), red.repeat(2, 0).repeat(2, 1)], 2)
    off = np.abs(np.clip(full @ matrix[:, :3].T + matrix[:, 3], 0, 255) - rgb)
    assert rgb.shape == full.shape and np.median(off) < 2.5 and (off < 4).mean() > 0.6
    assert framing or off.max() < 3.5
