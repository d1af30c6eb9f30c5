"""Spectrograms whose values are pressed together by a power, as speech-to-face's networks hear them."""

from __future__ import annotations

import numpy as np

from faceshards.errors import ClipError
from faceshards.media.sound.spectrum import mel, stft

#: What the values are of: `parts` sign(x)|x|^p of the real and the imaginary part, (2, F, T), Speech-to-face before its
#: commit e1c6d22; `polar` |S|^p and sign(a)|a|^p of the phase a, (2, F, T), that project since; `mel` the power in mel
#: bands to the p, (1, bands, T).
VARIANTS = ("parts", "polar", "mel")


def compressed_spectrogram(
    x: np.ndarray,
    seconds: float = 6.0,
    *,
    rate: int = 16_000,
    n_fft: int = 512,
    hop: int = 160,
    window: int = 400,
    power: float = 0.3,
    variant: str = "parts",
    bands: int = 80,
) -> np.ndarray:
    """The first `seconds` of float (N,) at `rate` Hz: float32 (C, F, 1 + round(seconds * rate) // hop), C and F by the
    variant: by default (2, 257, 601). `hop` and `window` in samples: see `stft`.

    A shorter sound repeats from its start until the seconds are filled: so does Speech-to-face since its commit
    e1c6d22; before, it repeated once, and files of less than 3 s came out too short. Raises ClipError `no-sound` where
    N is 0.
    """
    if not len(x):
        raise ClipError("no-sound", "a spectrogram needs at least 1 sample of sound, got 0")
    filled = np.resize(np.asarray(x, np.float32), round(seconds * rate))
    if variant == "mel":
        return _pressed(mel(filled, rate, bands, n_fft, hop, window)[None], power)
    spectrum = stft(filled, n_fft, hop, window)
    made = np.empty((2, *spectrum.shape), np.float32)
    if variant == "parts":
        made[0], made[1] = spectrum.real, spectrum.imag
    else:
        made[0], made[1] = np.abs(spectrum), np.angle(spectrum)
    return _pressed(made, power)


def _pressed(values: np.ndarray, power: float) -> np.ndarray:
    """sign(x)|x|^power of float32 values."""
    sizes = np.abs(values)
    np.power(sizes, np.float32(power), out=sizes)
    return np.copysign(sizes, values, out=sizes)
