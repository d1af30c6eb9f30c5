import io
import tracemalloc
from fractions import Fraction

import av
import numpy as np
import pytest
from scipy.io import wavfile
from scipy.signal import resample_poly

from faceshards.errors import ClipError
from faceshards.media.probe import probe
from faceshards.media.sound import Sound, loudness_db, read, read_sound, resample
from faceshards.media.sound.tape import Tape


def tone(seconds: float, rate: int, hertz: float = 440.0) -> np.ndarray:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def pcm_clip(sound: np.ndarray, rate: int, sound_at: list[float], video_at: float = 0.0, container="matroska") -> bytes:
    """25 pictures from `video_at` s on, and equal parts of the sound that begin at the given seconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        video = out.add_stream("libx264", rate=25, options={"threads": "1"})
        video.width = video.height = 32
        video.pix_fmt = "yuv420p"
        voice = out.add_stream("pcm_s16le", rate=rate, layout="mono")
        for index in range(25):
            frame = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
            frame.pts, frame.time_base = index + round(25 * video_at), Fraction(1, 25)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        for part, start in zip(np.split(sound, len(sound_at)), sound_at, strict=True):
            frame = av.AudioFrame.from_ndarray((part * 32767).astype(np.int16)[None], "s16", "mono")
            frame.rate, frame.pts, frame.time_base = rate, round(start * rate), Fraction(1, rate)
            out.mux(voice.encode(frame))
        out.mux(voice.encode())
    return buffer.getvalue()


def test_a_wav_comes_back_to_the_sample(wave):
    samples = np.random.default_rng(0).integers(-32768, 32768, (5000, 2)).astype(np.int16)
    sound = read_sound(wave(samples, 44100), rate=None, mono=False)
    assert sound.rate == 44100 and sound.samples.dtype == np.float32
    assert np.array_equal(sound.samples, samples / np.float32(32768))
    assert sound.duration == 5000 / 44100


def test_mono_is_the_mean_and_not_three_decibels_louder(wave):
    samples = np.stack([tone(1, 16000), tone(1, 16000, 1000)], 1)
    body = wave((samples * 32767).astype(np.int16), 16000)
    assert np.abs(read_sound(body).samples - samples.mean(1)).max() < 1e-4
    same = wave((samples[:, [0, 0]] * 32767).astype(np.int16), 16000)
    assert loudness_db(read_sound(same).samples) == pytest.approx(loudness_db(samples[:, 0]), abs=0.01)


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000])
def test_resampling_keeps_time_gain_and_length(rate, wave):
    sound = read_sound(wave((tone(1.5, rate)[:, None] * 32767).astype(np.int16), rate))
    assert len(sound.samples) == 24000
    expected = tone(1.5, 16000)
    assert np.abs(sound.samples - expected)[200:-200].max() < 2e-3


def test_a_long_sound_is_resampled_in_pieces_as_in_one(monkeypatch):
    sound = np.random.default_rng(0).normal(0, 0.1, 44_100).astype(np.float32)
    whole = resample(sound, 44_100, 16_000)
    monkeypatch.setattr(read, "_PIECE", 1000)
    assert np.array_equal(resample(sound, 44_100, 16_000), whole) and len(whole) == 16_000


def test_a_minute_in_stereo_takes_little_more_than_what_is_heard():
    buffer, rate = io.BytesIO(), 44_100
    wavfile.write(buffer, rate, np.stack([tone(60, rate), tone(60, rate)], axis=1))
    body = buffer.getvalue()
    tracemalloc.start()
    try:
        sound = read_sound(body)
        assert tracemalloc.get_traced_memory()[1] < 35e6  # its samples in both channels: 21 MB, and again to join them
    finally:
        tracemalloc.stop()
    assert sound.duration == pytest.approx(60)


def test_resampling_nothing_or_to_the_same_rate_changes_nothing():
    samples = tone(0.1, 16000)
    assert resample(samples, 16000, 16000) is samples
    assert len(resample(samples[:0], 44100, 16000)) == 0
    assert len(resample(samples[:1], 44100, 16000)) == 0
    assert len(resample(samples[:3], 16000, 48000)) == 9


def test_a_late_sound_begins_with_silence():
    """Video from 0 s, sound from 0.4 s."""
    sound = read_sound(pcm_clip(tone(1, 16000), 16000, [0.4]))
    assert len(sound.samples) == 22400
    assert not sound.samples[:6400].any()
    assert np.abs(sound.samples[6400:] - tone(1, 16000)).max() < 1e-4


def test_sound_before_the_first_picture_is_cut():
    """Video from 0.6 s, sound from 0."""
    sound = read_sound(pcm_clip(tone(2, 16000), 16000, [0.0], video_at=0.6))
    assert np.abs(sound.samples - tone(2, 16000)[9600:]).max() < 1e-4


def test_a_hole_in_the_sound_is_silence():
    """Half a second, a hole from 0.5 to 0.9 s, half a second."""
    sound = read_sound(pcm_clip(tone(1, 16000), 16000, [0.0, 0.9]))
    assert len(sound.samples) == 22400
    assert not sound.samples[8000:14400].any()
    assert np.abs(sound.samples[14400:] - tone(1, 16000)[8000:]).max() < 1e-4


def test_an_mp4s_edit_list_moves_its_sound():
    sound = read_sound(pcm_clip(tone(1, 16000), 16000, [0.4], container="mov"))
    assert np.abs(sound.samples[6400:] - tone(1, 16000)).max() < 1e-4


@pytest.mark.parametrize("rate", [16000, 44100])
@pytest.mark.parametrize(("late", "hole", "video_at"), [(0, 0, 0), (0.4, 0, 0), (0, 0, 0.6), (0, 0.3, 0)])
def test_the_first_seconds_are_those_of_the_whole_and_no_more_is_decoded(rate, late, hole, video_at, monkeypatch):
    """Six seconds in sixty packets, which begin late, or before the picture, or have a hole behind the tenth."""
    heard = np.random.default_rng(7).uniform(-0.5, 0.5, 6 * rate).astype(np.float32)
    starts = [late + 0.1 * number + hole * (number >= 10) for number in range(60)]
    laid, add = [], Tape.add
    monkeypatch.setattr(Tape, "add", lambda tape, frame: (laid.append(frame.samples), add(tape, frame)))
    for container in ("matroska", "mov"):
        body = pcm_clip(heard, rate, starts, video_at, container)
        whole = read_sound(body).samples
        for first in (0.5, 1.7, 60.0):
            laid.clear()
            assert np.array_equal(read_sound(body, first=first).samples, whole[: round(first * 16000)])
            assert sum(laid) <= (first + video_at + 0.7) * rate


def test_the_first_seconds_of_an_mp4_whose_packets_overlap_are_those_of_the_whole(monkeypatch):
    """What its clock says is heard, and not what its packets hold: of 0.1 s each, one every 0.08 s."""
    rate, buffer, laid, add = 16000, io.BytesIO(), [], Tape.add
    with av.open(buffer, "w", format="mp4") as out:
        voice = out.add_stream("aac", rate=rate, layout="mono")
        for number in range(60):
            part = tone(0.1, rate, 300 + 5 * number)
            frame = av.AudioFrame.from_ndarray(part[None], "fltp", "mono")
            frame.rate, frame.pts, frame.time_base = rate, round(0.08 * number * rate), Fraction(1, rate)
            out.mux(voice.encode(frame))
        out.mux(voice.encode())
    monkeypatch.setattr(Tape, "add", lambda tape, frame: (laid.append(frame.samples), add(tape, frame)))
    whole, total = read_sound(buffer.getvalue()).samples, sum(laid)
    laid.clear()
    assert np.array_equal(read_sound(buffer.getvalue(), first=2.0).samples, whole[:32000])
    assert 0.4 * total < sum(laid) < 0.6 * total


def test_what_cannot_be_heard_is_named(numbered, made, wave):
    silent = made(numbered(5))
    for body, code in ((silent, "no-sound"), (b"", "empty-file"), (b"\0" * 999, "broken-media")):
        with pytest.raises(ClipError) as caught:
            read_sound(body)
        assert caught.value.code == code
    body = wave(np.zeros((16000, 1)), 16000)
    with pytest.raises(ClipError, match="max_seconds") as caught:
        read_sound(body, max_seconds=0.9)
    assert caught.value.code == "too-large"
    assert not read_sound(body, max_seconds=1.1).samples.any()
    with pytest.raises(ClipError) as caught:
        read_sound(body[:9000])
    assert caught.value.code == "truncated-media"


@pytest.mark.parametrize(("rate", "layout"), [(48000, "mono"), (44100, "stereo")])
def test_a_sound_that_changes_its_kind_is_broken(rate, layout):
    parts = []
    for own_rate, own_layout in ((44100, "mono"), (rate, layout)):
        buffer = io.BytesIO()
        with av.open(buffer, "w", format="mp3", options={"id3v2_version": "0", "write_xing": "0"}) as out:
            voice = out.add_stream("libmp3lame", rate=own_rate, layout=own_layout, options={"threads": "1"})
            samples = np.tile(tone(1, own_rate), (1 if own_layout == "mono" else 2, 1))
            frame = av.AudioFrame.from_ndarray(samples, "fltp", own_layout)
            frame.rate = own_rate
            out.mux(voice.encode(frame) + voice.encode())
        parts.append(buffer.getvalue())
    assert read_sound(parts[0]).duration == pytest.approx(1, abs=0.1)
    with pytest.raises(ClipError, match="the sound changes from") as caught:
        read_sound(b"".join(parts))
    assert caught.value.code == "broken-media"


def test_a_far_timestamp_fills_no_memory():
    with pytest.raises(ClipError) as caught:
        read_sound(pcm_clip(tone(1, 16000), 16000, [0.0, 30000.0]))
    assert caught.value.code == "too-large"


def test_a_sound_checks_itself():
    with pytest.raises(ValueError, match="float32"):
        Sound(np.zeros(5), 16000)
    with pytest.raises(ValueError, match="rate"):
        Sound(np.zeros(5, np.float32), 0)


def test_real_wavs_equal_scipys_reading(real):
    for path in sorted((real / "audio").glob("*.wav")):
        rate, samples = wavfile.read(path)
        sound = read_sound(path, rate=None, mono=False)
        expected = samples.reshape(len(samples), -1) / np.float32(32768)
        assert sound.rate == rate and np.array_equal(sound.samples, expected), path.name
        mono = read_sound(path)
        other = resample_poly(expected.mean(1), 16000, rate)
        length = min(len(other), len(mono.samples))
        assert abs(len(other) - len(mono.samples)) <= 1
        assert np.corrcoef(other[:length], mono.samples[:length])[0, 1] > 0.999, path.name


def test_real_clips_sound_as_long_as_their_facts_say(real):
    heard = 0
    for path in sorted((real / "video").iterdir()):
        facts = probe(path)
        if facts.sound_codec is None:
            continue
        sound = read_sound(path, rate=None)
        late = facts.sound_start - facts.start
        assert sound.rate == facts.sample_rate
        assert sound.duration == pytest.approx(facts.sound_duration + late, abs=2 / sound.rate), path.name
        assert np.isfinite(sound.samples).all()
        assert np.array_equal(read_sound(path, first=1.2).samples, read_sound(path).samples[: round(1.2 * 16000)])
        heard += 1
    assert heard >= 20


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_sample_that_is_no_number_makes_the_sound_broken(tmp_path, value):
    heard = tone(0.5, 16_000).astype(np.float32)
    heard[4000] = value
    wavfile.write(tmp_path / "a.wav", 16_000, heard)
    with pytest.raises(ClipError, match="no finite number"):
        read_sound(tmp_path / "a.wav")
