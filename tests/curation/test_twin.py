"""A twin: as many frames at the same rate, silent, with its own packet table."""

from fractions import Fraction

import numpy as np
import pytest

from faceshards.curation.clip import StageClip
from faceshards.curation.twin import twin, twin_columns
from faceshards.errors import ClipError
from faceshards.media.probe import probe
from faceshards.media.video.decode import frames
from faceshards.shards.reader import Shard


@pytest.fixture
def clip(shard):
    """A clip of 8 frames with sound, said to run at 30000/1001 frames a second."""
    with Shard(shard) as opened:
        yield StageClip(opened, 0, {**opened.json(0), "fps": [30000, 1001]})


def test_the_columns_stand_beside_each_other():
    assert twin_columns("styled.mp4") == ("styled.mp4", "styled.mp4.packets.npy")


def test_a_twin_has_the_frames_it_was_given_at_the_clip_s_rate_and_no_sound(clip):
    made = twin("swapped.mp4", clip, iter(clip.frames[:, ::-1]), {"swapped_source": "x"})
    body, packets = (made.columns[name] for name in twin_columns("swapped.mp4"))
    facts = probe(body)
    assert (facts.frames, facts.fps, facts.width, facts.height) == (8, Fraction(30000, 1001), 256, 256)
    assert facts.sound_codec is None and clip.sound().samples.any()
    shown = np.stack(list(frames(body))).astype(int)
    assert np.abs(shown - clip.frames[:, ::-1]).mean() < 6 < np.abs(shown - clip.frames).mean()
    assert len(packets) == 8 and set(made.media) == {"swapped.mp4"} and made.scores == {"swapped_source": "x"}


def test_the_same_frames_make_the_same_bytes(clip):
    one, other = (twin("styled.mp4", clip, clip.frames) for _ in range(2))
    assert one.columns["styled.mp4"] == other.columns["styled.mp4"] and one.scores == {}


def test_a_frame_that_cannot_be_made_is_that_clip_s_failure(clip):
    def failing():
        yield clip.frames[0]
        raise ClipError("no-face", "the second has none")

    with pytest.raises(ClipError, match="the second has none"):
        twin("styled.mp4", clip, failing())
