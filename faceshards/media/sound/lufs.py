"""Loudness as listeners hear it: ITU-R BS.1770-4 (2015), of one channel."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

# The standard's gates, absolute and relative to the blocks that pass the first, and what it adds.
_GATE, _RELATIVE_GATE, _OFFSET = -70.0, -10.0, -0.691
# Steps of 100 ms whose filtered samples are in memory at a time.
_STEPS = 100


def lufs(x: np.ndarray, rate: int) -> float:
    """Integrated loudness of mono float (N,) in LUFS (ITU-R BS.1770-4, annex 1); -70 where nothing is louder.

    Blocks of 400 ms every 100 ms, K-weighted; those below -70 LUFS and those 10 LU below the mean of the rest do not
    count. A sound of less than 400 ms is one block.
    """
    steps = _weighted_energies(x, rate)
    whole = sliding_window_view(steps, 4) if len(steps) >= 4 else steps[None]
    blocks = whole.mean(axis=1) if steps.size else steps
    loud = blocks[_lufs_of(blocks) > _GATE]
    if not len(loud):
        return _GATE
    return float(_lufs_of(loud[_lufs_of(loud) > _lufs_of(loud.mean()) + _RELATIVE_GATE].mean()))


def _lufs_of(energy: np.ndarray | np.floating) -> np.ndarray:
    return _OFFSET + 10 * np.log10(np.maximum(energy, 1e-12))


def _weighted_energies(x: np.ndarray, rate: int) -> np.ndarray:
    """Mean square of the K-weighted sound in each whole 100 ms, float64 (S,); in all of it where it is shorter."""
    from scipy.signal import sosfilt  # it takes a second to load: who only lists stages does not wait for it

    step = min(round(rate / 10), max(1, len(x)))
    sections, means = k_weighting(rate), [np.zeros(0)]
    state = np.zeros((len(sections), 2))
    for start in range(0, len(x), _STEPS * step):
        heard, state = sosfilt(sections, np.asarray(x[start : start + _STEPS * step], np.float64), zi=state)
        means.append(np.square(heard[: len(heard) // step * step]).reshape(-1, step).mean(axis=1))
    return np.concatenate(means)


def k_weighting(rate: int) -> np.ndarray:
    """The two filters of ITU-R BS.1770-4 at any rate, as sections, float64 (2, 6): a shelf for the head, a high pass.

    The standard lists coefficients for 48 kHz; these are the analogue filters behind them (libebur128, after De Man),
    through the bilinear transform.
    """
    shelf, cut = np.tan(np.pi * np.array([1681.974450955533, 38.13547087602444]) / rate)
    high = 10 ** (3.999843853973347 / 20)
    shelf_q, cut_q, middle = 0.7071752369554196, 0.5003270373238773, high**0.4996667741545416
    poles = [[1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k] for k, q in ((shelf, shelf_q), (cut, cut_q))]
    bend = middle * shelf / shelf_q
    zeros = [[high + bend + shelf**2, 2 * (shelf**2 - high), high - bend + shelf**2], [1.0, -2.0, 1.0]]
    sections = np.concatenate([zeros, poles], axis=1)
    sections[0] /= sections[0, 3]
    sections[1, 3:] /= sections[1, 3]
    return sections
