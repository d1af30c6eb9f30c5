"""Masks by the formulas of real and imaginary parts; compressed and back; loud, silent and overshooting ones."""

import numpy as np
import pytest

from faceshards.media.separation import applied, compressed, ratio_mask, recovered

RANDOM = np.random.default_rng(6)
VOICES = RANDOM.normal(size=(2, 20, 257, 2)).astype(np.float32)
MIXTURE = VOICES.mean(0)


def test_a_mask_is_the_quotient_part_by_part():
    mask = ratio_mask(VOICES[0], MIXTURE)
    assert mask.shape == MIXTURE.shape and mask.dtype == np.float32
    sr, si, yr, yi = (*np.moveaxis(VOICES[0].astype(float), -1, 0), *np.moveaxis(MIXTURE.astype(float), -1, 0))
    whole = yr**2 + yi**2 + 1e-8
    assert np.allclose(mask[..., 0], (yr * sr + yi * si) / whole, rtol=1e-4, atol=1e-4)
    assert np.allclose(mask[..., 1], (yr * si - yi * sr) / whole, rtol=1e-4, atol=1e-4)


def test_a_mask_times_the_mixture_is_the_voice():
    assert np.abs(applied(ratio_mask(VOICES, MIXTURE), MIXTURE) - VOICES).max() < 1e-2
    single = np.array([[2.0, 1.0]]), np.array([[3.0, -1.0]])
    assert applied(*single) == pytest.approx(np.array([[7.0, 1.0]]))  # (2 + i)(3 - i)


def test_the_mean_of_n_voices_asks_masks_that_sum_to_n():
    assert np.abs(ratio_mask(VOICES, MIXTURE).sum(0) - [2, 0])[np.abs(MIXTURE).max(-1) > 0.1].max() < 1e-3


def test_compression_is_the_published_curve():
    mask = np.array([-500.0, -30.0, -1.0, 0.0, 0.5, 7.0, 200.0])
    expected = 10 * (1 - np.exp(-0.1 * mask)) / (1 + np.exp(-0.1 * mask))
    assert compressed(mask) == pytest.approx(expected)
    assert compressed(np.array([np.inf, -np.inf])).tolist() == [10, -10]  # where the quotient is no number


def test_recovery_is_the_inverse_and_clips_what_no_mask_gives():
    mask = np.linspace(-50, 50, 101)
    assert recovered(compressed(mask)) == pytest.approx(mask)
    assert -np.log((10 - 4) / (10 + 4)) / 0.1 == pytest.approx(recovered(np.array(4.0)))
    beyond = recovered(np.float32([-11, -10, 10, 1e9]))
    assert np.isfinite(beyond).all() and np.abs(beyond) == pytest.approx(np.full(4, 99.03), abs=0.05)


def test_a_silent_mixture_has_no_mask():
    assert not ratio_mask(VOICES[0] * 0, MIXTURE * 0).any()
