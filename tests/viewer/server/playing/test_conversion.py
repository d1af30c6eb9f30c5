"""What is made for a player: every picture at its time, the sound in step with them."""

import io

import av
import numpy as np
import pytest

from faceshards.media.clip import Clip
from faceshards.media.members import RowMembers
from faceshards.media.sound.read import read_sound
from faceshards.shards.reader import Shard
from faceshards.viewer.server.playing.conversion import converted
from faceshards.viewer.server.playing.way import ranged, way_of

MADE = {"mkv": 2, "mov": 3, "avi": 4, "mpg": 5, "deep.mp4": 6, "mp4": 7}


def made(shard, row, column, **how):
    members, way, out = RowMembers(shard, row), way_of(shard, row, column), io.BytesIO()
    voice = ranged(members, way.voice) if way.voice else None
    for _ in converted(way, ranged(members, column), voice, out, **how):
        pass
    return out.getvalue()


def shown(body):
    """The codec, the planes, and of each picture its time and itself."""
    with av.open(io.BytesIO(body)) as container:
        stream = container.streams.video[0]
        pictures = [(float(one.time), one.to_ndarray(format="rgb24")) for one in container.decode(stream)]
        return stream.codec_context.name, stream.codec_context.pix_fmt, pictures


def onset(body):
    """When the tone begins, in seconds from the first picture on."""
    sound = read_sound(body, 16000)
    return float(np.argmax(np.abs(sound.samples) > 0.25)) / sound.rate


@pytest.mark.parametrize("column", MADE)
def test_every_picture_comes_at_its_time_and_the_sound_in_step(odd_clips, number_of, column):
    with Shard(odd_clips) as shard:
        body = made(shard, MADE[column], column)
        times = Clip.of(shard, MADE[column], shard.json(MADE[column]), column).times
    codec, planes, pictures = shown(body)
    assert (codec, planes) == ("h264", "yuv420p")
    assert [number_of(picture) for _, picture in pictures] == list(range(40))
    np.testing.assert_allclose([time for time, _ in pictures], times, atol=0.001)
    assert onset(body) == pytest.approx(0.8, abs=0.03)  # MPEG's own sound begins up to a frame of its codec late


@pytest.mark.parametrize("column", ["mkv", "mpg"])
def test_a_stream_begins_where_it_is_asked_to(odd_clips, number_of, column):
    with Shard(odd_clips) as shard:
        body = made(shard, MADE[column], column, start=0.96, fragmented=True)
    assert b"moof" in body
    _, _, pictures = shown(body)
    numbers = [number_of(picture) for _, picture in pictures]
    first = 20 if column == "mkv" else 24  # copied pictures begin with a keyframe, and there is one every tenth
    assert numbers == list(range(first, 40)) and pictures[0][0] == pytest.approx(0, abs=0.001)


def test_a_conversion_that_is_closed_ends(odd_clips):
    with Shard(odd_clips) as shard:
        members, out = RowMembers(shard, 5), io.BytesIO()
        steps = converted(way_of(shard, 5, "mpg"), ranged(members, "mpg"), None, out, fragmented=True)
        next(steps)
        steps.close()
        assert next(steps, None) is None and len(out.getvalue()) < 20_000
