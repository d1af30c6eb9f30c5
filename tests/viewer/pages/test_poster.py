import io

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.poster import LONG_SIDE, Posters


def test_a_still_is_the_first_picture_of_the_clip(dataset):
    collection = Collection([dataset / "group124.tar"])
    posters = Posters(collection)
    body = posters.of(1)
    with Image.open(io.BytesIO(body)) as image:
        assert image.format == "JPEG" and image.size == (64, 48) and max(image.size) <= LONG_SIDE
        assert np.abs(np.asarray(image).mean((0, 1)) - (210, 40, 40)).max() < 8
    assert posters.of(1) is body


def test_a_clip_of_which_nothing_decodes_has_no_still(tmp_path, samples):
    path = samples.write(tmp_path / "a.tar", [samples.whole("one") | {"mp4": b"no clip at all"}])
    with pytest.raises(ClipError):
        Posters(Collection([path])).of(0)
