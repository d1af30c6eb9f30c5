import numpy as np
import pytest

from faceshards.media.cutting.rendition import rendition, shorter
from faceshards.media.probe import probe
from faceshards.media.sound.read import read_sound
from faceshards.media.video.decode import frames
from tests.media.cutting.test_cut import UNEVEN, shown
from tests.media.test_rotation import turned


@pytest.mark.parametrize(
    ("size", "side", "made"),
    [
        ((1080, 1920), 512, (512, 910)),
        ((1920, 1080), 512, (910, 512)),
        ((512, 512), 512, (512, 512)),
        ((361, 289), 512, (360, 288)),
        ((721, 721), 512, (512, 512)),
        ((4000, 20), 16, (3200, 16)),
    ],
)
def test_the_shorter_side_has_so_many_pixels_and_nothing_is_enlarged(size, side, made):
    assert shorter(size, side) == made


def test_a_rendition_shows_the_same_pictures_at_the_same_times_smaller_with_the_same_sound(long, number_of):
    for body in (long(times=UNEVEN), turned(long(), 0, 1, -1, 0), long("matroska", sound=None)):
        made = rendition(body, 32)
        _, times = shown(body)
        _, own = shown(made)
        np.testing.assert_allclose(own, times - times[0], atol=2e-3)
        pictures = np.stack(list(frames(made)))
        was, now = probe(body), probe(made)
        assert pictures.shape[1:3] == (now.height, now.width) and min(now.width, now.height) == 32
        assert (now.width > now.height) == (was.width > was.height) and now.sound_codec == was.sound_codec
        lying = pictures if was.width > was.height else np.rot90(pictures, 1, (1, 2))
        assert [number_of(one) for one in lying] == list(range(40))
        if was.sound_codec:
            heard, copied = read_sound(body).samples, read_sound(made).samples
            np.testing.assert_allclose(copied[:20000], heard[:20000], atol=1e-5)


def test_the_same_clip_gives_the_same_bytes(long):
    body = long()
    assert rendition(body, 32) == rendition(body, 32) != rendition(body, 32, crf=40)
