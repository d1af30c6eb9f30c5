from fractions import Fraction
from itertools import islice

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.sound.read import cut, read_sound
from faceshards.media.video.decode import frames
from faceshards.packing.kinds.avspeech.segment import Pictures, SegmentSpan, spoken
from tests.packing.kinds.avspeech.conftest import SECOND, SIX, tone


def span(start, seconds):
    return SegmentSpan(Fraction(str(start)), Fraction(str(seconds)))


def shown_times(path):
    """When each picture is shown, from the first on, as the packets of all tell it."""
    with av.open(str(path)) as container:
        packets = [one for one in container.demux(video=0) if one.size and not one.is_discard]
    pts = sorted(one.pts * one.time_base for one in packets)
    return [time - pts[0] for time in pts]


@pytest.mark.parametrize(("start", "seconds"), [(0, 1), (0.34, 1), (1, 2), (2.999, 1), ("0.333333", "0.52")])
def test_at_each_25th_of_a_second_the_last_picture_that_is_shown_by_then(videos, number_of, start, seconds):
    for link, fps in ((SIX, 30), (SECOND, 20)):
        wanted = span(start, seconds)
        found = [number_of(picture) for picture in Pictures(videos / f"{link}.mp4", wanted)]
        assert found == [int((wanted.start + Fraction(k, 25)) * fps) for k in range(wanted.frames)]


@pytest.mark.parametrize(
    ("name", "start", "seconds"),
    [
        ("livep_d12.mp4", 2.99, 1),
        ("vretalk_face1.mp4", 2.217, 0.6),
        ("grid_bbaf2n.mpg", 1.11, 1),
    ],
)
def test_real_spans_equal_those_of_the_full_decode(real, name, start, seconds):
    path, wanted = real / "video" / name, span(start, seconds)
    times = shown_times(path)
    numbers = [
        max(number for number, time in enumerate(times) if time <= wanted.start + Fraction(k, 25))
        for k in range(wanted.frames)
    ]
    whole = dict(enumerate(islice(frames(path), numbers[-1] + 1)))
    found = Pictures(path, wanted)
    count = 0
    for number, picture in zip(numbers, found, strict=True):
        assert np.array_equal(picture, whole[number]), number
        count += 1
    assert count == wanted.frames and found.damaged == 0
    heard, there = spoken(path, wanted, found.zero)
    expected = cut(read_sound(path, 16000), start, seconds).samples
    assert len(heard) == wanted.samples == len(expected) and there == pytest.approx(seconds)
    assert np.abs(heard - expected).max() < 1e-4


def test_sound_begins_at_the_instant_of_the_first_picture(videos):
    heard, there = spoken(videos / f"{SIX}.mp4", span(1.3, 2), Fraction(0))
    plain = tone(4, 16000).samples[20800:52800]
    lags = {lag: float(np.dot(heard[500:-500], np.roll(plain, lag)[500:-500])) for lag in range(-20, 21)}
    assert heard.shape == (32000,) and there == 2 and max(lags, key=lags.get) == 0


def test_a_video_that_ends_within_the_span_is_told(videos):
    with pytest.raises(ClipError, match=r"26 of 50 pictures of 3 to 5 s are there") as error:
        list(Pictures(videos / f"{SIX}.mp4", span(3, 2)))
    assert error.value.code == "too-few-frames"
    assert len(list(Pictures(videos / f"{SIX}.mp4", span(3, "1.02")))) == 26  # the last picture stays for one of ours
    with pytest.raises(ClipError, match="0 of 25"):
        list(Pictures(videos / f"{SIX}.mp4", span(100, 1)))


def test_sound_behind_its_end_is_silent_and_said(videos):
    heard, there = spoken(videos / f"{SIX}.mp4", span(3.5, 1), Fraction(0))
    assert len(heard) == 16000 and there == pytest.approx(0.5, abs=0.03) and not heard[9000:].any()
    with pytest.raises(ClipError, match="ends before") as error:
        spoken(videos / f"{SIX}.mp4", span(9, 1), Fraction(0))
    assert error.value.code == "no-sound"


def test_a_video_without_sound_and_a_web_page_are_told(make, tmp_path):
    with pytest.raises(ClipError, match="no sound stream") as error:
        spoken_of = make.mp4()
        spoken(spoken_of, span(0, 0.1), Fraction(0))
    assert error.value.code == "no-sound"
    with pytest.raises(ClipError) as error:
        list(Pictures(b"<html>gone</html>" * 100, span(0, 1)))
    assert error.value.code == "broken-media"


def test_where_keyframes_lean_on_what_stood_before_them_the_pictures_are_right(numbered, number_of, made):
    body = made(numbered(100), options={"x264-params": "keyint=10:min-keyint=10:open-gop=1:bframes=3:scenecut=0"})
    whole = list(frames(body))
    for first in (0, 9, 11, 37, 58):
        found = list(Pictures(body, SegmentSpan(Fraction(first, 25), Fraction(1))))
        assert all(np.array_equal(one, other) for one, other in zip(found, whole[first : first + 25], strict=True))
    refreshed = made(numbered(100), options={"x264-params": "keyint=20:intra-refresh=1"})
    whole = list(frames(refreshed))
    found = list(Pictures(refreshed, SegmentSpan(Fraction(50, 25), Fraction(1))))
    assert all(np.array_equal(one, other) for one, other in zip(found, whole[50:75], strict=True))
