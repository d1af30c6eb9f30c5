import numpy as np
import pytest

from faceshards.bench.demo.voice import RATE, loudness_per_frame, speak


@pytest.mark.parametrize("pitch", [110.0, 205.0])
def test_the_voice_has_its_pitch_and_length(pitch):
    voice = speak(pitch, 3.0, seed=1)
    assert voice.dtype == np.float32 and voice.shape == (3 * RATE,) and np.abs(voice).max() <= 1
    loud = 800 + np.argmax(np.convolve(voice**2, np.ones(1600), "valid"))
    piece = voice[loud - 800 : loud + 800] * np.hanning(1600)
    correlation = np.correlate(piece, piece, "full")[1600:]
    low, high = int(RATE / (pitch * 1.3)), int(RATE / (pitch * 0.75))
    assert RATE / (low + np.argmax(correlation[low:high])) == pytest.approx(pitch, rel=0.2)


def test_the_same_seed_speaks_the_same():
    np.testing.assert_array_equal(speak(150, 1.0, 3), speak(150, 1.0, 3))
    assert not np.array_equal(speak(150, 1.0, 3), speak(150, 1.0, 4))


def test_loudness_follows_the_sound():
    sound = np.concatenate([np.zeros(RATE), 0.5 * np.sin(np.arange(RATE))]).astype(np.float32)
    loudness = loudness_per_frame(sound, 25, 50)
    assert loudness.shape == (50,)
    assert loudness[:23].max() == 0 and loudness[27:].min() > 0.9
