"""Sound as spectra and back: STFT, mel bands. NumPy and SciPy only."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

_SPEECH_RATE = 16000  # Hz: the rate at which 400 and 160 samples are 25 and 10 ms
_FRAMES = 1024  # whose spectra are in memory at a time: of a long sound they are many times the sound


def stft(x: np.ndarray, n_fft: int = 512, hop: int = 160, window: int = 400) -> np.ndarray:
    """Short-time Fourier transform of float (N,): complex64 (n_fft // 2 + 1, 1 + N // hop).

    Column t is centred on sample t * hop; beyond both ends there are zeros. The periodic Hann window of `window`
    samples stands in the middle of `n_fft`. This is librosa's `stft` since 0.10 (before, it mirrored the ends), and
    torch's with `center=True, pad_mode="constant"`.
    """
    padded = np.pad(np.asarray(x, np.float32), n_fft // 2)
    frames = sliding_window_view(padded, n_fft)[::hop]
    return fft.rfft(frames * _hann(n_fft, window), axis=1).T


def istft(
    spectrum: np.ndarray, n_fft: int = 512, hop: int = 160, window: int = 400, length: int | None = None
) -> np.ndarray:
    """The sound, float32 (length,), whose `stft` is nearest to complex (n_fft // 2 + 1, T).

    `length` is hop * (T - 1) samples unless given. Least squares: windowed frames overlap-added, divided by the sum of
    squared windows (Griffin and Lim 1984, eq. 6).
    """
    shape = _hann(n_fft, window)
    frames = fft.irfft(spectrum.T, n_fft, axis=1) * shape
    total = n_fft + hop * (len(frames) - 1)
    sound, weight = np.zeros(total), np.zeros(total)
    for index, frame in enumerate(frames):
        sound[index * hop :][:n_fft] += frame
        weight[index * hop :][:n_fft] += shape**2
    # Where no window reaches, nothing is known: silence.
    whole = np.divide(sound, weight, out=np.zeros(total), where=weight > 1e-8)
    length = hop * (len(frames) - 1) if length is None else length
    middle = whole[n_fft // 2 :][:length]
    return np.pad(middle, (0, length - len(middle))).astype(np.float32)


def mel(
    x: np.ndarray, rate: int = _SPEECH_RATE, bands: int = 80, n_fft: int = 512, hop: int = 160, window: int = 400
) -> np.ndarray:
    """Power in mel bands from 0 Hz to rate / 2: float32 (bands, 1 + N // hop), not in decibels.

    Slaney's scale and area-normalised triangles (Auditory Toolbox, 1998), librosa's defaults.
    """
    frames = sliding_window_view(np.pad(np.asarray(x, np.float32), n_fft // 2), n_fft)[::hop]
    shape, filters = _hann(n_fft, window), mel_filters(rate, bands, n_fft)
    made = np.empty((bands, len(frames)), np.float32)
    for start in range(0, len(frames), _FRAMES):
        power = np.abs(fft.rfft(frames[start : start + _FRAMES] * shape, axis=1)) ** 2
        made[:, start : start + _FRAMES] = filters @ power.T
    return made


def mel_filters(rate: int, bands: int, n_fft: int) -> np.ndarray:
    """Triangular mel filters, float32 (bands, n_fft // 2 + 1), each of area 1 over Hz."""
    edges = mel_to_hz(np.linspace(0.0, hz_to_mel(rate / 2), bands + 2))
    bins = np.linspace(0.0, rate / 2, n_fft // 2 + 1)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.minimum((bins - low) / (middle - low), (high - bins) / (high - middle)).clip(0)
    return (triangles * 2 / (high - low)).astype(np.float32)


# Slaney's scale: 200/3 Hz a mel up to 1000 Hz (15 mel), from there 27 mel for a factor of 6.4.
_LINEAR, _KNEE_HZ, _STEP = 200 / 3, 1000.0, np.log(6.4) / 27


def hz_to_mel(hz: float) -> float:
    """Slaney mel of a frequency in Hz."""
    return hz / _LINEAR if hz < _KNEE_HZ else _KNEE_HZ / _LINEAR + np.log(hz / _KNEE_HZ) / _STEP


def mel_to_hz(mels: np.ndarray) -> np.ndarray:
    """Frequencies in Hz of Slaney mels."""
    knee = _KNEE_HZ / _LINEAR
    return np.where(mels < knee, mels * _LINEAR, _KNEE_HZ * np.exp(_STEP * (np.maximum(mels, knee) - knee)))


def _hann(n_fft: int, window: int) -> np.ndarray:
    from scipy.signal import get_window  # it takes a second to load: who only lists stages does not wait for it

    before = (n_fft - window) // 2
    return np.pad(get_window("hann", window), (before, n_fft - window - before)).astype(np.float32)
