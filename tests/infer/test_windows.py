"""Windows that overlap: nothing is lost, and no seam is heard."""

import numpy as np
import pytest

from faceshards.infer.windows import Windows

RATE = 16_000


@pytest.mark.parametrize("seconds", [0.01, 1.0, 2.9, 2.95, 3.0, 3.05, 5.0, 7.31, 31.0])
def test_what_is_cut_and_joined_is_what_it_was(seconds):
    sound = np.random.default_rng(0).normal(size=round(seconds * RATE)).astype(np.float32)
    windows = Windows(sound, RATE, 3.0)
    parts = windows.cut()
    assert parts.shape == (len(windows), 48_000) == (len(windows.times()), 48_000)
    joined = windows.joined(np.stack([parts, -parts], axis=1))
    np.testing.assert_allclose(joined, np.stack([sound, -sound]), atol=1e-6)
    assert windows.times()[0] == pytest.approx(-0.05)
    np.testing.assert_allclose(np.diff(windows.times()), 2.0)


def test_windows_of_different_levels_are_joined_without_a_click():
    tone = np.sin(np.arange(10 * RATE) * 2 * np.pi * 220 / RATE).astype(np.float32)
    windows = Windows(tone, RATE, 3.0)
    levels = np.linspace(0.1, 1.0, len(windows), dtype=np.float32)[::-1] * (-1.0) ** np.arange(len(windows))
    joined = windows.joined((windows.cut() * levels[:, None].astype(np.float32))[:, None])[0]
    steepest = np.abs(np.diff(tone)).max()
    assert np.abs(np.diff(joined)).max() <= 1.02 * steepest, "no step from one sample to the next"
