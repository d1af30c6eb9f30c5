"""How loud a sound is: envelope, levels, the span between speech and pauses. Silence gives numbers, never NaN."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

#: What silence measures, in dB relative to full scale: the quietest step of 20-bit sound.
SILENCE_DB = -120.0

_FLOOR = 10 ** (SILENCE_DB / 20)
# Frames whose squares are in memory at a time.
_FRAMES = 4096
# How near full scale a sample counts as clipped: resampled and encoded, a flat top wavers.
_CLIPPED = 0.99


def envelope(x: np.ndarray) -> np.ndarray:
    """Magnitude of the analytic signal of float (N,): float32 (N,), neither smoothed nor scaled.

    The signal's imaginary part is the Hilbert transform: all frequencies turned by a quarter (Gabor 1946), of all of
    the sound at once. It is made from half the spectrum, which takes 20 MB of memory a minute at 16 kHz; scipy.signal's
    `hilbert` takes 36. Source: 3DXTalker (`get_envelope_from_audio`).
    """
    from scipy import fft  # it takes a second to load: who only lists stages does not wait for it

    samples = np.asarray(x, np.float32)
    if not len(samples):
        return np.zeros(0, np.float32)
    spectrum = fft.rfft(samples)
    spectrum *= np.complex64(-1j)
    spectrum[0] = 0
    if len(samples) % 2 == 0:
        spectrum[-1] = 0
    turned = fft.irfft(spectrum, len(samples), overwrite_x=True)
    return np.hypot(samples, turned, out=turned)


def loudness_db(x: np.ndarray) -> float:
    """Root mean square of float (N,) in dB of full scale, at which a square wave of amplitude 1 is 0; silence: -120."""
    rms = np.sqrt(np.mean(np.square(x, dtype=np.float64))) if len(x) else 0.0
    return float(20 * np.log10(max(rms, _FLOOR)))


def snr_db(x: np.ndarray, rate: int) -> float:
    """10 log10 of P80 / P20 of the RMS of 25 ms frames every 10 ms: how far speech stands above its pauses; silence: 0.

    Source: 3DXTalker's data preparation, step 2. Mind that it is a ratio of RMS and not of power: half of what decibels
    usually say. RMS counts as at least -120 dB, so that digital silence in the pauses gives at most 60.
    """
    length, hop = round(0.025 * rate), round(0.010 * rate)
    padded = np.pad(x, (0, max(0, length - len(x))))
    frames = sliding_window_view(padded, length)[::hop]
    parts = [frames[start : start + _FRAMES] for start in range(0, len(frames), _FRAMES)]
    powers = [np.mean(np.square(part, dtype=np.float64), axis=1) for part in parts]
    rms = np.maximum(np.sqrt(np.concatenate(powers)), _FLOOR)
    quiet, loud = np.percentile(rms, [20, 80])
    return float(10 * np.log10(loud / quiet))


def peak_db(x: np.ndarray) -> float:
    """The largest sample of float (N,) in dB of full scale; silence: -120."""
    return float(20 * np.log10(max(float(np.abs(x).max(initial=0)), _FLOOR)))


def clipped_share(x: np.ndarray) -> float:
    """How many of the samples of float (N,) lie within 1 % of full scale or beyond it, 0 to 1; of none: 0."""
    return float((np.abs(x) >= _CLIPPED).mean()) if len(x) else 0.0
