"""Pictures that are encoded for a player: upright, in even sides, in colours that browsers take."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.media.container import RangedFile
from faceshards.media.rotation import rotation_of
from faceshards.viewer.server.playing.conversion import converted
from faceshards.viewer.server.playing.playable_pictures import MOST_SIDE, PlayablePictures
from faceshards.viewer.server.playing.way import REMUXED, TRANSCODED, Way
from tests.media.test_rotation import turned
from tests.viewer.server.playing.conftest import KINDS, clip

CLOCKWISE = (0, 1, -1, 0)


def played(kind, body):
    """The pictures as a player shows them, uint8 (H, W, 3), after a conversion of this kind."""
    out = io.BytesIO()
    source = RangedFile(lambda start, stop: body[start:stop], len(body))
    for _ in converted(Way(kind, copies_sound=False), source, None, out):
        pass
    with av.open(io.BytesIO(out.getvalue())) as container:
        return [np.rot90(one.to_ndarray(format="rgb24"), -rotation_of(one) // 90) for one in container.decode(video=0)]


@pytest.mark.parametrize("kind", [REMUXED, TRANSCODED])
def test_a_phones_clip_stands_upright(numbered, number_of, kind):
    lying = [np.ascontiguousarray(np.rot90(picture)) for picture in numbered(4)]
    pictures = played(kind, turned(clip(lying, *KINDS["mov"]), *CLOCKWISE))
    assert pictures[0].shape == (64, 112, 3) and [number_of(one) for one in pictures] == [0, 1, 2, 3]


def test_large_pictures_are_scaled_and_odd_sides_made_even():
    drawn = PlayablePictures(av.VideoFrame(2561, 1439, "yuv420p"), Fraction(1, 25))
    frame = drawn.frame(av.VideoFrame.from_ndarray(np.full((1439, 2561, 3), 200, np.uint8), "rgb24"), 7)
    assert (frame.width, frame.height, frame.pts) == (MOST_SIDE, 718, 7)
    assert frame.to_ndarray(format="rgb24").mean() == pytest.approx(200, abs=2)
