import io
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.errors import ClipError
from faceshards.media.probe import probe
from faceshards.media.sound import read_sound
from faceshards.media.sound.packets import OFFSET, SAMPLES, SIZE, START, read_span, sound_table
from tests.media.sound.test_read import pcm_clip, tone


def spoken(codec: str, container: str, rate: int = 44100, seconds: float = 4.0, options=None) -> bytes:
    """A clip of black pictures and a voice-like sound, written without this project's encoder."""
    time = np.arange(round(seconds * rate)) / rate
    voice = 0.4 * np.sin(2 * np.pi * (150 * time + 40 * np.sin(2 * np.pi * time))) * (0.6 + 0.4 * np.sin(5 * time))
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        video = out.add_stream("libx264" if container != "webm" else "libvpx", rate=25, options={"threads": "1"})
        video.width = video.height = 64
        video.pix_fmt = "yuv420p"
        sound = out.add_stream(codec, rate=rate, layout="mono", options={"threads": "1"} | (options or {}))
        for index in range(round(25 * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 2 * index % 256, np.uint8), "rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        frame = av.AudioFrame.from_ndarray(voice.astype(np.float32)[None], "fltp", "mono")
        frame.rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        resampler = av.AudioResampler(sound.format.name, "mono", rate, sound.frame_size or None)
        for part in (*resampler.resample(frame), *resampler.resample(None)):
            out.mux(sound.encode(part))
        out.mux(sound.encode())
    return buffer.getvalue()


FILES = [
    ("aac", "mp4", 44100, {"aac_pns": "0"}),
    ("aac", "matroska", 48000, {"aac_pns": "0"}),
    ("libmp3lame", "mp4", 44100, {"b": "64000"}),
    ("libmp3lame", "avi", 44100, {}),
    ("libopus", "webm", 48000, {}),
    ("flac", "matroska", 44100, {}),
    ("pcm_s16le", "matroska", 16000, {}),
]


@pytest.mark.parametrize(("codec", "container", "rate", "options"), FILES)
def test_a_span_is_the_same_part_of_the_whole_sound(codec, container, rate, options):
    body = spoken(codec, container, rate, options=options)
    table, facts = sound_table(body)
    assert facts["ranged"] and facts["bytes"] == len(body)
    whole = read_sound(body).samples
    for start, seconds in [(0, 1), (0.37, 0.5), (1.0, 1.5), (2.999, 1), (3.5, 2), (9, 0.25)]:
        span = read_span(lambda a, b: body[a:b], table, facts, start, seconds).samples
        expected = whole[round(16000 * start) :][: round(16000 * seconds)]
        assert span.dtype == np.float32 and len(span) == round(16000 * seconds)
        assert np.abs(span[: len(expected)] - expected).max(initial=0) < 1e-3
        assert not span[len(expected) :].any()


def test_only_the_packets_of_the_span_are_read():
    body = spoken("aac", "mp4", 44100)
    table, facts = sound_table(body)
    read = []

    def read_range(start: int, stop: int) -> bytes:
        read.append((start, stop))
        return body[start:stop]

    read_span(read_range, table, facts, 2.0, 0.5)
    inside = [any(a <= row[OFFSET] and row[OFFSET] + row[SIZE] <= b for a, b in read) for row in table]
    # 0.5 s, the pre-roll of 0.15 s and the resampler's margins, in packets of 1024 / 44100 s
    assert (0.5 + 0.15) * 44100 / 1024 <= sum(inside) <= (0.5 + 0.15 + 0.3) * 44100 / 1024
    assert sum(b - a for a, b in read) < len(body) / 3


@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_any_rate_is_on_the_grid_of_the_whole(rate):
    body = pcm_clip(tone(3, 44100), 44100, [0.0])
    table, facts = sound_table(body)
    whole = read_sound(body, rate).samples
    span = read_span(lambda a, b: body[a:b], table, facts, 1.2345, 0.7, rate).samples
    first = round(1.2345 * rate)
    assert np.abs(span - whole[first : first + len(span)]).max() < 1e-5


def test_a_click_stands_where_it_was_made():
    """The picture begins at 0.2 s, the click is at 1.2 s on the container's clock: 1 s after the first picture."""
    sound = np.zeros(2 * 44100, np.float32)
    sound[round(1.2 * 44100)] = 1
    body = pcm_clip(sound, 44100, [0.0], video_at=0.2)
    table, facts = sound_table(body)
    assert table[0, START] == -round(0.2 * 44100)
    span = read_span(lambda a, b: body[a:b], table, facts, 0.5, 1, 44100).samples
    assert np.abs(span).argmax() == round(0.5 * 44100)


def test_program_streams_are_read_whole():
    body = spoken("mp2", "mpeg", 44100) if "mpeg" in av.formats_available else b""
    table, facts = sound_table(body)
    assert not facts["ranged"]
    whole = read_sound(body).samples
    assert np.array_equal(read_span(lambda a, b: body[a:b], table, facts, 1, 1).samples, whole[16000:32000])


def test_the_table_covers_the_sound():
    table, facts = sound_table(spoken("aac", "mp4", 44100))
    assert table[:, SAMPLES].sum() / facts["rate"] == pytest.approx(4.0, abs=2 * 1024 / 44100)
    assert np.array_equal(np.diff(table[:, START]), table[:-1, SAMPLES])


def test_a_sound_ends_with_its_edit_list_within_a_packet():
    """What the encoder fills the last packets with is not heard, whatever the version of FFmpeg decodes of them."""
    body = spoken("libmp3lame", "mp4", 44100, seconds=2.0)
    table, _ = sound_table(body)
    assert len(read_sound(body, rate=None).samples) == table[-1, START] + table[-1, SAMPLES] == 88200
    assert probe(body).sound_duration == 2.0


def test_no_sound_cut_bytes_and_bad_spans_are_told(made, numbered):
    with pytest.raises(ClipError, match="no sound stream"):
        sound_table(made(numbered(3)))
    body = spoken("aac", "mp4", 44100)
    table, facts = sound_table(body)
    with pytest.raises(ClipError, match="hold only"):
        read_span(lambda a, b: body[a : b - 1], table, facts, 0, 1)
    with pytest.raises(ValueError, match="behind the first picture"):
        read_span(lambda a, b: body[a:b], table, facts, -1, 1)


def test_a_sound_that_has_lost_all_its_packets_is_none():
    body = bytearray(spoken("aac", "mp4"))
    sizes = body.index(b"stsz", body.index(b"soun"))
    body[sizes + 12 : sizes + 16] = bytes(4)  # how many there are
    with pytest.raises(ClipError, match="holds no samples") as told:
        sound_table(bytes(body))
    assert told.value.code == "no-sound"


def test_broken_packets_do_not_crash():
    body = bytearray(spoken("aac", "mp4", 44100))
    table, facts = sound_table(bytes(body))
    rng = np.random.default_rng(1)
    for _ in range(30):
        hurt = bytearray(body)
        for row in table[rng.integers(0, len(table), 5)]:
            hurt[row[OFFSET] + int(rng.integers(0, row[SIZE]))] ^= 0xFF
        try:
            span = read_span(lambda a, b, hurt=hurt: bytes(hurt[a:b]), table, facts, 0, 4)
        except ClipError:
            continue
        assert np.isfinite(span.samples).all()
