"""A synthesised voice: harmonics through vowel formants, syllable by syllable (source-filter model, Fant 1960)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

#: Samples a second.
RATE = 16_000

# First three formants (Hz) of five vowels, averages of Peterson & Barney 1952 (men).
_VOWELS = np.array([(730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410)])
_BANDWIDTHS = np.array([80.0, 100.0, 140.0])


def speak(pitch: float, seconds: float, seed: int) -> np.ndarray:
    """Babble of `seconds`, float32 (N,) in [-1, 1] at `RATE`; `pitch` is the mean fundamental in Hz.

    About four syllables a second with pauses; the pitch falls over a phrase; a breath of noise keeps silence
    from being digital.
    """
    random = np.random.default_rng(seed)
    count = round(seconds * RATE)
    sound = random.normal(0, 0.0015, count)
    start = int(0.15 * RATE)
    while start < count:
        length = int(random.uniform(0.14, 0.26) * RATE)
        fall = 1.08 - 0.16 * start / count
        syllable = _syllable(pitch * fall * random.uniform(0.95, 1.05), length, random)
        stop = min(start + length, count)
        sound[start:stop] += syllable[: stop - start]
        pause = random.uniform(0.25, 0.45) if random.random() < 0.15 else random.uniform(0.02, 0.08)
        start = stop + int(pause * RATE)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def _syllable(pitch: float, length: int, random: np.random.Generator) -> np.ndarray:
    """One vowel gliding into another, float64 (length,): harmonics weighted by the formants' resonance."""
    time = np.arange(length) / RATE
    glide = np.linspace(0, 1, length)[:, None]
    first, second = _VOWELS[random.integers(0, len(_VOWELS), 2)]
    scale = (pitch / 120) ** 0.3  # a higher voice has a shorter throat
    formants = (first * (1 - glide) + second * glide) * scale
    sound = np.zeros(length)
    for harmonic in range(1, int(4000 / pitch)):
        frequency = harmonic * pitch
        resonance = (1 / (1 + ((frequency - formants) / _BANDWIDTHS) ** 2)).sum(axis=1)
        sound += resonance / harmonic**0.5 * np.sin(2 * np.pi * frequency * time)
    return sound * np.hanning(length)


def loudness_per_frame(sound: np.ndarray, fps: float, frames: int) -> np.ndarray:
    """Smoothed RMS of each video frame's span, scaled to [0, 1], float64 (frames,)."""
    edges = (np.arange(frames + 1) * RATE / fps).astype(int)
    rms = np.array([np.sqrt(np.mean(sound[a:b] ** 2)) if b > a else 0.0 for a, b in pairwise(edges)])
    smooth = np.convolve(np.pad(rms, 1, mode="edge"), [0.25, 0.5, 0.25], mode="valid")
    return smooth / max(smooth.max(), 1e-9)
