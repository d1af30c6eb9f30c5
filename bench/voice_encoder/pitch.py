"""The mean pitch of a voice, by autocorrelation: what a voice encoder must beat to have heard more than that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

# Frames and the steps between them in seconds, and the pitches that are looked for in Hz.
_FRAME, _STEP, _LOW, _HIGH = 0.04, 0.01, 70.0, 350.0
# A frame is voiced where so much of it comes again after a period, and it is this loud, as a share of the loudest.
_AGAIN, _LOUD = 0.5, 0.1


def mean_pitch(sound: np.ndarray, rate: int) -> float:
    """Mean over the voiced frames of the logarithm of the pitch in Hz; NaN where no frame is voiced.

    A frame's pitch is the shortest lag whose normalised autocorrelation is within a tenth of the greatest one.
    """
    size, step = round(_FRAME * rate), round(_STEP * rate)
    frames = np.lib.stride_tricks.sliding_window_view(np.asarray(sound, np.float64), size)[::step]
    frames = frames - frames.mean(axis=1, keepdims=True)
    energy = np.square(frames).sum(axis=1)
    spectrum = np.fft.rfft(frames, 2 * size, axis=1)
    again = np.fft.irfft(np.square(np.abs(spectrum)), axis=1)[:, :size]
    # Fewer samples overlap at longer lags; without this, long periods would count for less.
    again = again / np.maximum(energy, 1e-12)[:, None] * (size / np.arange(size, 0, -1))
    first, last = int(rate / _HIGH), int(rate / _LOW)
    looked = again[:, first : last + 1]
    most = looked.max(axis=1)
    lag = first + (looked >= 0.9 * most[:, None]).argmax(axis=1)
    voiced = (most > _AGAIN) & (energy > _LOUD**2 * energy.max())
    # The first lag within a tenth lies on the slope before its peak.
    lag = np.array([_peak(one, at) for one, at in zip(again, lag, strict=True)])
    return float(np.log(rate / lag[voiced]).mean()) if voiced.any() else float("nan")


def _peak(again: np.ndarray, at: int) -> int:
    while at + 1 < len(again) and again[at + 1] > again[at]:
        at += 1
    return at


def nearest_pitch(
    trained: Mapping[str, Sequence[np.ndarray]], held: Mapping[str, Sequence[np.ndarray]], rate: int
) -> float:
    """Share, 0..1, of the held-out sounds whose mean pitch is nearest to that of their own speaker's trained ones."""
    own = {name: np.nanmean([mean_pitch(one, rate) for one in sounds]) for name, sounds in trained.items()}
    told = [
        name == min(own, key=lambda other: abs(own[other] - pitch))
        for name, sounds in held.items()
        for pitch in (mean_pitch(one, rate) for one in sounds)
    ]
    return float(np.mean(told))
