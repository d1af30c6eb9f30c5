"""A made-up voice has the pitch and the throat that it is given, and is the same each time."""

import numpy as np
import pytest

from faceshards.bench.made_voice import RATE, MadeVoice


def spectrum(voice: MadeVoice, seed: int = 1) -> np.ndarray:
    drawn = np.random.default_rng(seed)
    sound = voice.sound(drawn, *voice.syllables(drawn, 4 * RATE))
    assert np.abs(sound).max() <= 1
    return np.abs(np.fft.rfft(sound))  # bins of 0.25 Hz


@pytest.mark.parametrize("pitch", [100, 200])
def test_its_energy_lies_at_multiples_of_its_pitch(pitch):
    found = spectrum(MadeVoice(1.0, pitch, melody=0, breath=0))
    near = [found[4 * number * pitch - 80 : 4 * number * pitch + 81].sum() for number in range(1, 6)]
    between = [
        found[4 * number * pitch + 2 * pitch - 80 : 4 * number * pitch + 2 * pitch + 81].sum() for number in range(1, 6)
    ]
    assert sum(near) > 3 * sum(between)


def test_a_shorter_throat_is_heard_higher():
    middles = [np.average(np.arange(32001), weights=spectrum(MadeVoice(tract, 120)) ** 2) for tract in (0.9, 1.1)]
    assert middles[1] > 1.1 * middles[0]


def test_the_same_each_time():
    assert np.array_equal(spectrum(MadeVoice(1.0, 120)), spectrum(MadeVoice(1.0, 120)))
