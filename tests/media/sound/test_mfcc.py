"""MFCC: the numbers of python_speech_features 0.6, which made those below."""

import numpy as np

from faceshards.media.sound.mfcc import mfcc

# Rows 0 and 5 of `mfcc(x, 16000)` of the chirp below.
FIRST = [18.28, 36.613, 17.661, -1.164, -15.234, -22.191, -20.304, -14.257, -6.538, -1.025, 1.966, 1.309, -0.784]
SIXTH = [21.16, 13.475, -37.815, -30.417, 18.59, 35.158, 2.268, -24.985, -11.89, 10.355, 10.428, -1.607, -4.189]


def test_it_counts_as_python_speech_features_does():
    t = np.arange(1600)
    chirp = np.round(8000 * np.sin(t * t / 4000)).astype(np.int16)
    found = mfcc(chirp / 32768)
    assert found.dtype == np.float32 and found.shape == (9, 13)
    np.testing.assert_allclose(found[[0, 5]], [FIRST, SIXTH], atol=1e-3)


def test_how_many_rows_and_that_a_long_sound_is_its_parts():
    assert [len(mfcc(np.zeros(n))) for n in (0, 1, 400, 401, 560, 561)] == [1, 1, 1, 2, 2, 3]
    noise = np.random.default_rng(0).normal(0, 0.1, 160 * 2100)  # more windows than a block
    np.testing.assert_allclose(mfcc(noise)[2060:2080], mfcc(noise[160 * 2059 :])[1:21], atol=1e-4)


def test_silence_has_the_least_energy_that_a_number_tells_and_no_infinity():
    assert np.isfinite(mfcc(np.zeros(800))).all()
    np.testing.assert_allclose(mfcc(np.zeros(800))[0, 0], -36.0437, atol=1e-3)
