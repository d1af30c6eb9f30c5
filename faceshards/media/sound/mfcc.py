"""Mel-frequency cepstral coefficients as the `python_speech_features` package counts them (James Lyons, MIT).

Networks that were trained on its numbers want these and no others: no window, filters between rounded FFT bins, the
energy in place of the first coefficient, samples as large as 16-bit ones. Its last release is of 2017.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

#: Rows a second, and the numbers of a row.
ROWS, WIDTH = 100, 13

_RATE, _WINDOW, _HOP, _FFT = 16_000, 400, 160, 512
_BANDS, _LIFTER, _EMPHASIS = 26, 22, 0.97
_FULL_SCALE = 32768
_TINY = np.finfo(np.float64).eps
# Windows whose spectra are in memory at a time: 8 MB.
_BLOCK = 2048


def mfcc(x16k: np.ndarray) -> np.ndarray:
    """Of sound, float (N,) at 16 kHz in -1..1: float32 (T, 13), a row for the 25 ms that begin every 10 ms, the last
    filled up with silence; T is 1 + ceil((N - 400) / 160), at least 1.
    """
    sound = np.asarray(x16k, np.float64) * _FULL_SCALE
    sharp = np.append(sound[:1], sound[1:] - _EMPHASIS * sound[:-1])
    count = 1 + max(0, -(-(len(sharp) - _WINDOW) // _HOP))
    padded = np.pad(sharp, (0, (count - 1) * _HOP + _WINDOW - len(sharp)))
    windows = sliding_window_view(padded, _WINDOW)[::_HOP]
    return np.concatenate([_rows(windows[start : start + _BLOCK]) for start in range(0, count, _BLOCK)])


def _rows(windows: np.ndarray) -> np.ndarray:
    powers = np.square(np.abs(np.fft.rfft(windows, _FFT, axis=1))) / _FFT
    energy, bands = powers.sum(axis=1), powers @ _filters().T
    logs = np.log(np.where(bands == 0, _TINY, bands))
    found = logs @ _cosines().T
    found *= 1 + _LIFTER / 2 * np.sin(np.pi * np.arange(WIDTH) / _LIFTER)
    found[:, 0] = np.log(np.where(energy == 0, _TINY, energy))
    return found.astype(np.float32)


@cache
def _cosines() -> np.ndarray:
    """The first rows of the orthonormal cosine transform of type 2, float64 (13, 26)."""
    rows, columns = np.ogrid[:WIDTH, :_BANDS]
    waves = np.sqrt(2 / _BANDS) * np.cos(np.pi * rows * (2 * columns + 1) / (2 * _BANDS))
    waves[0] /= np.sqrt(2)
    return waves


@cache
def _filters() -> np.ndarray:
    """Triangles between points that are equally far apart in mel, 2595 log10(1 + Hz / 700), each rounded down to a bin:
    float64 (26, 257).
    """
    mels = np.linspace(0, 2595 * np.log10(1 + _RATE / 2 / 700), _BANDS + 2)
    edges = np.floor((_FFT + 1) * 700 * (10 ** (mels / 2595) - 1) / _RATE)
    bins = np.arange(_FFT // 2 + 1)
    found = np.zeros((_BANDS, len(bins)))
    for row, (low, middle, high) in enumerate(zip(edges, edges[1:], edges[2:], strict=False)):
        rising, falling = (bins >= low) & (bins < middle), (bins >= middle) & (bins < high)
        found[row, rising] = (bins[rising] - low) / (middle - low)
        found[row, falling] = (high - bins[falling]) / (high - middle)
    return found
