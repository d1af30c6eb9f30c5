"""A clip's sound as a wav: whose it is, and that it is the clip's."""

import wave
from fractions import Fraction

import numpy as np
import pytest

from faceshards.bench.demo.voice import RATE, speak
from faceshards.bench.demo.voice_file import extract_voice
from faceshards.media.encode import encode
from faceshards.media.sound import Sound
from faceshards.shards.writer import ShardWriter


def clip(pitch: float) -> bytes:
    frames = (np.full((48, 64, 3), 10 * i, np.uint8) for i in range(25))
    return encode(frames, Fraction(25), sound=Sound(speak(pitch, 1.0, seed=2), RATE))


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Two shards: one whose clips nobody has measured, one of three clips of which the second is loud and clear."""
    folder = tmp_path_factory.mktemp("shards")
    with ShardWriter(folder / "a.tar") as out:
        out.add("plain", {"json": {"name": "plain"}, "mp4": clip(100)})
    with ShardWriter(folder / "b.tar") as out:
        for name, snr, pitch in (("noisy", 2.0, 110), ("the clear one", 30.0, 205), ("clear too", 31.0, 150)):
            out.add(name.replace(" ", "-"), {"json": {"name": name, "snr_db": snr}, "mp4": clip(pitch)})
    return folder


def test_the_first_clip_that_matches_is_written_as_it_sounds(shards, tmp_path):
    assert extract_voice(shards, "snr_db > 10", tmp_path / "v.wav") == "the clear one"
    with wave.open(str(tmp_path / "v.wav")) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2") / 32767
    spoken = speak(205, 1.0, seed=2)
    assert abs(len(samples) - len(spoken)) <= 1024  # a frame of AAC
    length = min(len(samples), len(spoken))
    assert np.corrcoef(samples[:length], spoken[:length])[0, 1] > 0.95
    assert np.abs(samples).max() == pytest.approx(np.abs(spoken).max(), rel=0.1)


def test_where_nothing_matches_nothing_is_written(shards, tmp_path):
    assert extract_voice(shards, "snr_db > 99", tmp_path / "v.wav") is None
    assert extract_voice(shards / "a.tar", "snr_db > 10", tmp_path / "v.wav") is None
    assert not (tmp_path / "v.wav").exists()
