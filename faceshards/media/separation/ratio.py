"""How near a separated voice came to the true one, in decibels."""

from __future__ import annotations

import numpy as np

# What is nearer than this, or as far, is told as 120 dB.
_LEAST = 1e-12


def signal_to_noise_db(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """10 log10 of sum |S|^2 / sum |S - S'|^2 over the last axis, float64 (...), within -120 and 120; S002's `SNR`."""
    true, found = np.asarray(reference, np.float64), np.asarray(estimate, np.float64)
    return _db(_energy(true), _energy(true - found))


def sdr_db(reference: np.ndarray, estimate: np.ndarray) -> np.ndarray:
    """The scale-invariant ratio of signal to distortion over the last axis (Le Roux et al. 2019, eq. 3), float64 (...).

    The reference is scaled to what of it the estimate holds, so that loudness alone neither gains nor loses: a mixture
    of two equally loud voices has 0 dB of each, whatever it was divided by. Silence, of either, gives
    -120.
    """
    true, found = np.asarray(reference, np.float64), np.asarray(estimate, np.float64)
    held = (true * found).sum(-1, keepdims=True) / np.maximum(_energy(true)[..., None], np.finfo(np.float64).tiny)
    return _db(_energy(held * true), _energy(found - held * true))


def _energy(values: np.ndarray) -> np.ndarray:
    return np.square(values).sum(-1)


def _db(signal: np.ndarray, noise: np.ndarray) -> np.ndarray:
    whole = np.maximum(signal + noise, np.finfo(np.float64).tiny)
    ratio = np.maximum(signal / whole, _LEAST) / np.maximum(noise / whole, _LEAST)
    return 10 * np.log10(np.where(signal > 0, ratio, _LEAST))
