"""Spectra against sums written out, and scipy's own STFT; the way back, and what speech_separation's does instead."""

import numpy as np
import pytest
from scipy import signal

from faceshards.media.separation import SAMPLES, power_law, sound_of, spectrum_of

NOISE = np.random.default_rng(5).uniform(-0.7, 0.7, SAMPLES).astype(np.float32)
WINDOW = np.concatenate([np.zeros(56), 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(400) / 399), np.zeros(56)])


def test_three_seconds_have_298_frames_of_257_bins():
    made = spectrum_of(NOISE)
    assert made.shape == (298, 257, 2) and made.dtype == np.float32
    assert [len(spectrum_of(np.zeros(n))) for n in (48_160, 47_999, 480)] == [299, 297, 1]
    with pytest.raises(ValueError, match="at least 480 samples, got 479"):
        spectrum_of(np.zeros(479))


def test_a_bin_is_the_sum_of_its_definition():
    made, padded = spectrum_of(NOISE), np.pad(NOISE.astype(np.float64), (0, 192))
    for frame, bin_ in ((0, 0), (1, 3), (150, 256), (297, 40)):
        part = padded[160 * frame :][:512] * WINDOW
        turns = 2 * np.pi * bin_ * np.arange(512) / 512
        expected = [(part * np.cos(turns)).sum(), -(part * np.sin(turns)).sum()]
        assert made[frame, bin_] == pytest.approx(expected, abs=1e-4)


def test_all_of_it_equals_scipys():
    padded = np.pad(NOISE.astype(np.float64), (0, 192))
    other = signal.stft(padded, window=WINDOW, nperseg=512, noverlap=352, boundary=None, padded=False)[2]
    other = other.T[:298] * WINDOW.sum()  # scipy divides by it, and takes the frame that is left out here
    made = spectrum_of(NOISE)
    assert np.abs(made[..., 0] + 1j * made[..., 1] - other).max() < 1e-4


def test_sounds_go_side_by_side():
    two = np.stack([NOISE, NOISE[::-1]])
    both = spectrum_of(two)
    assert np.array_equal(both[1], spectrum_of(two[1])) and np.array_equal(sound_of(both)[1], sound_of(both[1]))


def test_the_way_back_is_exact_but_for_both_ends():
    back = sound_of(spectrum_of(NOISE))
    assert back.shape == (SAMPLES,) and back.dtype == np.float32
    wrong = np.abs(back - NOISE)
    assert wrong[97:47_935].max() < 1e-5 and np.abs(back).max() < 0.71  # the ends fade and never grow
    assert not sound_of(spectrum_of(np.zeros(SAMPLES))).any()


def test_a_changed_spectrum_becomes_the_nearest_sound():
    """Least squares: no small change of the sound brings its spectrum nearer."""
    wanted = spectrum_of(NOISE) * np.random.default_rng(1).uniform(0, 1, (298, 257, 1)).astype(np.float32)
    found = sound_of(wanted)[1000:2000]
    whole = sound_of(wanted).astype(np.float64)

    def distance(change):
        moved = whole.copy()
        moved[1000:2000] += change
        frames = np.stack([np.pad(moved, (0, 192))[160 * t :][:512] * WINDOW for t in range(298)])
        spectra = np.fft.fft(frames)[:, :257]
        sides = np.r_[1, np.full(255, 2), 1]  # the other half of a real signal's spectrum
        return (np.abs(spectra - wanted[..., 0] - 1j * wanted[..., 1]) ** 2 * sides).sum()

    least = distance(0)
    assert all(distance(np.random.default_rng(i).normal(size=found.shape) * 0.01) > least for i in range(3))


def test_without_the_division_the_level_wavers_as_speech_separations_does():
    weight = np.zeros(298 * 160 + 352)
    for frame in range(298):
        weight[160 * frame :][:512] += WINDOW**2
    inner = weight[400:47_500]
    assert [round(float(one), 3) for one in (inner.min(), inner.max(), inner.mean())] == [0.853, 1.018, 0.935]


def test_the_power_law_is_signed_and_undone():
    assert power_law(np.array([-0.5, 0.0, 0.25])) == pytest.approx([-(0.5**0.3), 0, 0.25**0.3])
    assert np.abs(power_law(power_law(NOISE), 1 / 0.3) - NOISE).max() < 1e-5
