import io
import os
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.clip import Clip
from faceshards.media.encode import encode
from faceshards.media.members import Files
from faceshards.media.probe import probe
from faceshards.media.sound import Sound, read_sound
from faceshards.media.tables.packets import DTS, KEY, OFFSET, PTS, packet_table
from faceshards.media.video.decode import frames

RATES = [Fraction(25), Fraction(30), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(1350, 61), Fraction(5, 2)]


def times(clip: bytes) -> np.ndarray:
    return Clip(Files({"mp4": clip}), {}, "mp4").times


def noise(seconds: float, rate: int = 16000, channels: int | None = None) -> Sound:
    shape = (round(seconds * rate),) if channels is None else (round(seconds * rate), channels)
    return Sound(np.random.default_rng(3).uniform(-0.3, 0.3, shape).astype(np.float32), rate)


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_times_are_exact_and_a_keyframe_comes_each_second(fps, numbered, number_of):
    clip = encode(numbered(70), fps)
    facts = probe(clip)
    assert (facts.fps, facts.frames, facts.start) == (fps, 70, 0.0)
    table, media = packet_table(clip)
    ticks = np.sort(table[:, PTS])
    assert [Fraction(int(tick)) * Fraction(*media["time_base"]) for tick in ticks] == [i / fps for i in range(70)]
    keys = table[table[:, KEY] == 1, PTS] * float(Fraction(*media["time_base"]))
    assert max(np.diff([*keys, float(70 / fps)])) <= max(1.0, float(1 / fps))
    assert [number_of(picture) for picture in frames(clip)] == list(range(70))


def test_gop_and_crf_are_obeyed(numbered):
    pictures = numbered(40)
    small, fine = (encode(pictures, Fraction(25), crf=crf, gop=10) for crf in (40, 12))
    table, _ = packet_table(fine)
    assert np.flatnonzero(table[:, KEY]).tolist() == [0, 10, 20, 30]
    assert len(fine) > 2 * len(small)
    errors = [
        np.mean([np.abs(a.astype(int) - b).mean() for a, b in zip(frames(clip), pictures, strict=True)])
        for clip in (small, fine)
    ]
    assert errors[1] < 3 < errors[0]


def test_groups_are_closed(numbered):
    """No picture stands behind a keyframe in decoding order and before it in display order."""
    table, _ = packet_table(encode(numbered(70), Fraction(25), gop=12))
    for key in np.flatnonzero(table[:, KEY]):
        assert (table[key:, PTS] >= table[key, PTS]).all()
    assert (table[:, PTS] != table[:, DTS]).any(), "the clip has no reordered pictures: the test says nothing"


def test_the_index_stands_first_and_no_clock_is_written(numbered):
    clip = encode(numbered(10), Fraction(25), sound=noise(0.4))
    assert clip.index(b"moov") < clip.index(b"mdat")
    for box in (b"mvhd", b"tkhd", b"mdhd"):
        at = clip.index(box) + 4
        version_and_times = clip[at : at + 12]
        assert version_and_times[0] == 0 and version_and_times[4:] == bytes(8), box
    assert b"Lavf" not in clip, "the muxer's version is in the file"


def test_the_same_input_gives_the_same_bytes_on_any_number_of_cores(numbered):
    pictures, sound = numbered(30, (256, 128)), noise(1.2)
    first = encode(pictures, Fraction(25), sound=sound)
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    try:
        second = encode(iter(pictures), Fraction(25), sound=sound)
    finally:
        os.sched_setaffinity(0, cores)
    assert first == second


def test_the_stream_is_tagged_as_it_is_made(numbered):
    clip = encode(numbered(5, (113, 65)), Fraction(25))
    with av.open(io.BytesIO(clip)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt, context.width, context.height) == ("h264", "yuv420p", 112, 64)
        assert (context.color_range, context.colorspace) == (1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)


def test_an_odd_last_row_and_column_are_dropped(numbered):
    picture = numbered(1, (113, 65))[0]
    decoded = next(frames(encode([picture], Fraction(25), crf=5)))
    assert decoded.shape == (64, 112, 3)
    assert np.abs(decoded.astype(int) - picture[:64, :112]).mean() < 3


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (200, 120, 90), (0, 0, 0)])
def test_a_saturated_colour_survives(colour):
    picture = np.full((64, 64, 3), colour, np.uint8)
    decoded = next(frames(encode([picture] * 3, Fraction(25))))
    assert np.abs(decoded.astype(int) - colour).max() <= 3


def test_sound_stays_where_it_was(numbered):
    samples = np.zeros(3 * 16000, np.float32)
    samples[20000:20160] = 0.8 * np.sin(np.arange(160))
    clip = encode(numbered(75), Fraction(25), sound=Sound(samples, 16000))
    facts = probe(clip)
    assert (facts.sound_codec, facts.sample_rate, facts.channels) == ("aac", 16000, 1)
    assert (facts.sound_start, facts.sound_duration) == (0.0, 3.0)
    heard = read_sound(clip)
    assert len(heard.samples) == 48000
    lag = np.argmax(np.correlate(heard.samples[19000:21500], samples[19000:21500], "full")) - 2499
    assert abs(lag) <= 1


@pytest.mark.parametrize(("seconds", "channels", "rate"), [(0.5, 1, 16000), (5.0, 2, 44100), (0.0, None, 16000)])
def test_sound_may_be_shorter_or_longer_than_the_pictures(seconds, channels, rate, numbered):
    clip = encode(numbered(50), Fraction(25), sound=noise(seconds, rate, channels))
    assert probe(clip).frames == 50
    if seconds:
        heard = read_sound(clip, rate=None, mono=False)
        assert heard.samples.shape == (round(seconds * rate), channels)


def test_sound_and_pictures_interleave(numbered):
    clip = encode(numbered(120), Fraction(25), sound=noise(4.8))
    pictures, _ = packet_table(clip)
    with av.open(io.BytesIO(clip)) as container:
        sounds = [packet.pos for packet in container.demux(audio=0) if packet.size]
    pictures_before = np.searchsorted(np.sort(pictures[:, OFFSET]), np.sort(sounds))
    assert np.diff(pictures_before).max() <= 5 and pictures_before[-1] > 110


def test_one_picture_is_a_clip(numbered):
    clip = encode(numbered(1), Fraction(25))
    facts = probe(clip)
    assert (facts.frames, facts.duration) == (1, pytest.approx(0.04))
    assert times(clip).tolist() == [0.0]
    assert len(list(frames(clip))) == 1


def test_bad_input_is_named(numbered):
    pictures = numbered(3)
    with pytest.raises(ClipError) as caught:
        encode([], Fraction(25))
    assert caught.value.code == "no-frames"
    with pytest.raises(ClipError, match=r"picture 2 is \(32, 112\)") as caught:
        encode([pictures[0], pictures[1], pictures[2][:32]], Fraction(25))
    assert caught.value.code == "mixed-sizes"
    with pytest.raises(ClipError) as caught:
        encode([np.zeros((16, 20000, 3), np.uint8)], Fraction(25))
    assert caught.value.code == "too-large"
    for wrong in (pictures[0].astype(np.float32), pictures[0][:, :, 0], pictures[0][:1]):
        with pytest.raises(ValueError, match="picture 0 must be uint8"):
            encode([wrong], Fraction(25))
    with pytest.raises(ValueError, match="fps"):
        encode(pictures, Fraction(0))
    with pytest.raises(ValueError, match="AAC takes"):
        encode(pictures, Fraction(25), sound=noise(0.1, 12345))


def test_an_error_in_the_pictures_comes_through(numbered):
    def broken():
        yield from numbered(40)
        raise ClipError("broken-image", "picture 40 is cut short")

    with pytest.raises(ClipError, match="picture 40") as caught:
        encode(broken(), Fraction(25), sound=noise(1.0))
    assert caught.value.code == "broken-image"
