import io

import numpy as np
import pytest
from PIL import Image

from faceshards.errors import ClipError
from faceshards.shards.reader import Shard
from faceshards.viewer.drawing.sample import ShownSample
from faceshards.viewer.pages.collection import Collection
from faceshards.viewer.pages.poster import LONG_SIDE, Posters, still
from tests.viewer import burned


def test_a_still_is_the_first_picture_of_the_clip(dataset):
    collection = Collection([dataset / "group124.tar"])
    posters = Posters(collection)
    body = posters.of(1)
    with Image.open(io.BytesIO(body)) as image:
        assert image.format == "JPEG" and image.size == (64, 48) and max(image.size) <= LONG_SIDE
        assert np.abs(np.asarray(image).mean((0, 1)) - (210, 40, 40)).max() < 8
    assert posters.of(1) is body


def test_a_still_of_any_picture_is_that_picture_and_no_larger_than_is_asked(tmp_path):
    path = burned.write(tmp_path / "a.tar", {"a": burned.sample("one")})
    with Shard(path) as shard:
        sample = ShownSample.of(shard, 0)
        with Image.open(io.BytesIO(still(sample, "mp4", 77, 160))) as image:
            assert image.size == (160, 120)
            bits = [image.getpixel((20 * bit + 10, 30))[0] > 128 for bit in range(burned.BITS)]
        assert sum(bit << place for place, bit in enumerate(bits)) == 77
        with pytest.raises(ClipError, match="frames 0 to 119"):
            still(sample, "mp4", 120, 160)


def test_a_clip_of_which_nothing_decodes_has_no_still(tmp_path, samples):
    path = samples.write(tmp_path / "a.tar", [samples.whole("one") | {"mp4": b"no clip at all"}])
    with pytest.raises(ClipError):
        Posters(Collection([path])).of(0)
