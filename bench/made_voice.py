"""A made-up voice: pulses of a pitch through the formants of vowels, syllable by syllable (source and filter, Fant
1960); all numbers are drawn from the generators that are given.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import lfilter

#: Samples a second.
RATE = 16000

# Formants in Hz of four vowels (Peterson and Barney 1952, men: i, a, u, ae), and how wide they are.
_VOWELS = np.array([(270, 2290, 3010), (730, 1090, 2440), (300, 870, 2240), (660, 1720, 2410)])
_WIDE = (80, 120, 160)


@dataclass(frozen=True)
class MadeVoice:
    """`tract`: what formants are multiplied by, the more the shorter the throat; `pitch`: mean fundamental, Hz;
    `tilt`: how dull the pulses are, 0 to below 1; `breath`: noise beside them; `melody`: deviation of the pitch from
    its mean, as a share; `pace`: length of a syllable over the usual one.
    """

    tract: float
    pitch: float
    tilt: float = 0.0
    breath: float = 0.02
    melody: float = 0.1
    pace: float = 1.0

    def syllables(self, drawn: np.random.Generator, samples: int) -> tuple[np.ndarray, np.ndarray]:
        """Loudness in 0..1, (S,), and which of four vowels is heard, (4, S): syllables of 0.12 to 0.3 s, and pauses."""
        loudness, vowels, at = np.zeros(samples), np.zeros((4, samples)), int(drawn.uniform(0, 0.3) * RATE)
        while at < samples:
            length = min(int(self.pace * drawn.uniform(0.12, 0.3) * RATE), samples - at)
            loudness[at : at + length] = drawn.uniform(0.3, 1) * np.hanning(length)
            vowels[drawn.integers(4), at : at + length] = 1
            at += length + int((drawn.uniform(0.2, 0.6) if drawn.random() < 0.2 else drawn.uniform(0, 0.05)) * RATE)
        return loudness, vowels

    def sound(self, drawn: np.random.Generator, loudness: np.ndarray, vowels: np.ndarray) -> np.ndarray:
        """What is heard of such syllables: float64 (S,) within -1..1."""
        samples = len(loudness)
        every = np.arange(0, samples + RATE, RATE)
        wander = np.interp(np.arange(samples), every, 1 + self.melody * drawn.normal(size=len(every)))
        phase = np.cumsum(self.pitch * wander / RATE)
        pulses = np.diff(np.floor(phase), prepend=0) + self.breath * drawn.normal(size=samples)
        pulses = lfilter([1 - self.tilt], [1, -self.tilt], pulses)
        sound = np.zeros(samples)
        for vowel, formants in enumerate(_VOWELS):
            heard = pulses
            for middle, wide in zip(formants * self.tract, _WIDE, strict=True):
                radius = np.exp(-np.pi * wide / RATE)
                heard = lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * middle / RATE), radius**2], heard)
            sound += vowels[vowel] * heard / np.abs(heard).max()
        return 0.8 * sound * loudness + 0.002 * drawn.normal(size=samples).clip(-4, 4)
