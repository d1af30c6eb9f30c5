"""Pictures as members: kept, or drawn anew."""

import io

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.packing.kinds.picture_file import picture_member


def test_a_picture_of_the_size_that_stands_upright_stays_as_it_is(make):
    for kind, column in (("JPEG", "jpg"), ("PNG", "png")):
        body = make.picture(make.pictures(1, width=32, height=32)[0], kind)
        kept, told = picture_member("a", body, column, 10_000, side=32)
        assert kept == body and told == {"width": 32, "height": 32, "frames": 1, "bytes": len(body)}
        drawn, told = picture_member("a", body, column, 10_000, side=16)
        assert drawn != body and (told["width"], told["bytes"]) == (16, len(drawn))


def test_a_square_that_is_shown_turned_is_drawn_upright(make):
    image, out = Image.fromarray(make.pictures(1, width=32, height=32)[0]), io.BytesIO()
    exif = image.getexif()
    exif[0x0112] = 3
    image.save(out, "PNG", exif=exif)
    drawn, _ = picture_member("a", out.getvalue(), "png", 10_000, side=32)
    with Image.open(io.BytesIO(drawn)) as upright:
        assert np.array_equal(np.asarray(upright), np.asarray(image)[::-1, ::-1])


def test_a_png_that_is_called_jpg_is_refused_but_where_it_is_drawn_anew(make):
    png = make.frames(1)[0]
    with pytest.raises(ClipError, match=r"'a\.jpg': its bytes are none of a jpg file"):
        picture_member("a.jpg", png, "jpg", 10_000)
    assert picture_member("a.jpg", png, "jpg", 10_000, side=16)[0].startswith(b"\xff\xd8")
    with pytest.raises(ClipError, match=r"'a\.jpg'.*exceeds the limit") as refused:
        picture_member("a.jpg", png, "jpg", 100, side=16)
    assert refused.value.code == "too-large"
