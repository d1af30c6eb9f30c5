"""The stages `spectrogram` and `loudness`."""

from types import SimpleNamespace

import numpy as np
import pytest

from faceshards.curation.loudness import Loudness
from faceshards.curation.spectrogram import Spectrogram
from faceshards.errors import ClipError
from faceshards.media.sound import Sound


def clip(samples: np.ndarray) -> SimpleNamespace:
    return SimpleNamespace(sound=lambda rate: Sound(samples.astype(np.float32), rate))


def test_a_column_of_the_spectrogram_is_the_compressed_fourier_transform_of_its_25_ms():
    rng = np.random.default_rng(1)
    samples = rng.normal(0, 0.1, 96_000)
    made = Spectrogram().process([clip(samples)])[0].columns["spectrogram.npy"]
    assert (made.shape, made.dtype) == ((2, 257, 601), np.float32)
    # Column 300 is centred on sample 48,000; a periodic Hann window of 400 stands in the middle of 512.
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 400)
    piece = np.zeros(512)
    piece[56:456] = samples[48_000 - 200 : 48_000 + 200] * window
    for k in (0, 7, 100, 256):
        value = np.sum(piece * np.exp(-2j * np.pi * k * np.arange(512) / 512))
        for part, expected in ((0, value.real), (1, value.imag)):
            # near 0 the power 0.3 magnifies rounding: compare before it
            assert np.abs(made[part, k, 300]) ** (1 / 0.3) == pytest.approx(abs(expected), abs=2e-5)


def test_a_short_sound_repeats_until_6_seconds_are_full():
    samples = np.random.default_rng(2).normal(0, 0.1, 32_000)
    short = Spectrogram().one(clip(samples)).columns["spectrogram.npy"]
    thrice = Spectrogram().one(clip(np.tile(samples, 3))).columns["spectrogram.npy"]
    assert np.array_equal(short, thrice)


def test_nothing_but_silence_is_a_failure_of_the_spectrogram():
    with pytest.raises(ClipError) as caught:
        Spectrogram().one(clip(np.zeros(16_000)))
    assert caught.value.code == "silent"


def test_a_sine_of_half_amplitude_is_9_db_below_full_scale():
    sine = 0.5 * np.sin(2 * np.pi * 440 * np.arange(32_000) / 16_000)
    scores = Loudness().one(clip(sine)).scores
    assert scores["loudness_db"] == pytest.approx(10 * np.log10(0.125), abs=0.01)
    assert scores["snr_db"] == pytest.approx(0, abs=0.1)


def test_pauses_show_in_the_ratio():
    t = np.arange(32_000)
    speech = 0.5 * np.sin(2 * np.pi * 440 * t / 16_000) * np.where(t % 16_000 < 8_000, 1, 0.01)
    assert Loudness().one(clip(speech)).scores["snr_db"] == pytest.approx(10 * np.log10(100), abs=0.5)


def test_silence_is_measured_not_refused():
    assert Loudness().one(clip(np.zeros(16_000))).scores == {"loudness_db": -120.0, "snr_db": 0.0}
