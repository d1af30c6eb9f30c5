"""Mean pitch: of sounds whose pitch is known, and what it tells of speakers."""

import numpy as np
import pytest

from faceshards.bench.voice_encoder.pitch import mean_pitch, nearest_pitch

RATE = 16000


def tone(pitch: float) -> np.ndarray:
    time = np.arange(2 * RATE) / RATE
    return sum(np.sin(2 * np.pi * number * pitch * time) / number for number in range(1, 8))


@pytest.mark.parametrize("pitch", [85, 120, 220, 300])
def test_of_a_tone_with_overtones(pitch):
    assert np.exp(mean_pitch(tone(pitch), RATE)) == pytest.approx(pitch, rel=0.02)


def test_noise_has_none():
    assert np.isnan(mean_pitch(np.random.default_rng(0).normal(size=RATE), RATE))


def test_the_nearest_one_is_told():
    trained = {"low": [tone(100), tone(110)], "high": [tone(200)]}
    assert nearest_pitch(trained, {"low": [tone(120)], "high": [tone(180)]}, RATE) == 1
    assert nearest_pitch(trained, {"low": [tone(190)], "high": [tone(180)]}, RATE) == 0.5
