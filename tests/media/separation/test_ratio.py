"""Ratios against sums written out; scale, silence and what is beyond measure."""

import numpy as np
import pytest

from faceshards.media.separation import sdr_db, signal_to_noise_db

RANDOM = np.random.default_rng(7)
VOICE, OTHER = RANDOM.normal(size=(2, 4000))


def test_signal_to_noise():
    expected = 10 * np.log10((VOICE @ VOICE) / ((VOICE - 0.5 * OTHER) @ (VOICE - 0.5 * OTHER)))
    assert signal_to_noise_db(VOICE, 0.5 * OTHER) == pytest.approx(expected)
    assert signal_to_noise_db(VOICE, VOICE) == 120


def test_sdr_by_projection():
    estimate = 0.3 * VOICE + 0.1 * OTHER
    held = (estimate @ VOICE) / (VOICE @ VOICE) * VOICE
    rest = estimate - held
    expected = 10 * np.log10((held @ held) / (rest @ rest))
    assert sdr_db(VOICE, estimate) == pytest.approx(expected) and expected == pytest.approx(9.54, abs=0.6)
    assert sdr_db(VOICE, 7 * estimate) == pytest.approx(expected) == sdr_db(-2 * VOICE, estimate)


def test_a_mixture_of_equals_has_no_decibels_of_either():
    both = np.stack([VOICE, OTHER])
    assert sdr_db(both, np.stack([both.mean(0)] * 2)) == pytest.approx([0, 0], abs=0.5)
    # S002's ratio gives the mean of two voices 3 dB for nothing.
    assert signal_to_noise_db(both, np.stack([both.mean(0)] * 2)) == pytest.approx([3, 3], abs=0.5)


def test_ends_of_the_scale():
    silence = np.zeros(4000)
    assert sdr_db(VOICE, 2 * VOICE) == 120 and sdr_db(silence, VOICE) == -120
    assert sdr_db(silence, silence) == sdr_db(VOICE, silence) == signal_to_noise_db(silence, silence) == -120
