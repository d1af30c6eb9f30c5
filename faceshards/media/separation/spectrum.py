"""The spectra that speech_separation's networks hear, and the way back to sound.

They differ from `media.sound.stft`: nothing is centred, the window is symmetric, real and imaginary part stand last.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from scipy import fft

#: Hz, and the three seconds of a mixture; its spectrum has so many frames of so many frequencies.
RATE, SAMPLES, FRAMES, BINS = 16_000, 48_000, 298, 257

_FFT, _HOP, _WINDOW = 512, 160, 400
# Zeros behind a sound, of which no frame sees more than a part: so 48,000 samples give 298 frames.
_BEHIND = 192
# What of the last frame lies behind the sound: 160 T + 352 samples are laid over one another, of 160 T + 320.
_LEFT_OUT = 32
# Where the windows weigh less than this together, at both ends of a sound, it fades instead of being made loud.
_LEAST_WEIGHT = 0.01


def spectrum_of(sound: np.ndarray) -> np.ndarray:
    """Of float (..., N) at 16 kHz: float32 (..., T, 257, 2), real and imaginary part, T = (N - 320) // 160.

    Frame t begins at sample 160 t and is 512 long: 56 zeros, a symmetric Hann window of 400, 56 zeros. So does
    speech_separation (`lib/utils.py: fast_stft`). Raises ValueError for sound of less than one frame.
    """
    samples = np.asarray(sound, np.float32)
    count = (samples.shape[-1] + _BEHIND - _FFT) // _HOP
    if count < 1:
        raise ValueError(f"a spectrum needs at least {_FFT - _BEHIND + _HOP} samples, got {samples.shape[-1]}")
    padded = np.concatenate([samples, np.zeros((*samples.shape[:-1], _BEHIND), np.float32)], axis=-1)
    frames = sliding_window_view(padded, _FFT, axis=-1)[..., ::_HOP, :][..., :count, :]
    return parts(fft.rfft(frames * _window(), axis=-1))


def sound_of(spectra: np.ndarray) -> np.ndarray:
    """The sound, float32 (..., 160 T + 320), whose spectrum is nearest to float (..., T, 257, 2).

    Least squares: windowed frames overlap-added, over the sum of squared windows (Griffin and Lim 1984, eq. 6): exact
    from sample 97 to 66 before the last frame's end, outside that it fades, for there the windows tell next to nothing.
    speech_separation (`fast_istft`) leaves the division out, so that its sounds waver from 0.853 to 1.018 of their
    level, 0.94 on average, and the last 195 of 48,000 samples fade.
    """
    frames = fft.irfft(as_complex(spectra), _FFT, axis=-1) * _window()
    weight = _added(np.broadcast_to(_window() ** 2, frames.shape[-2:]))
    return (_added(frames) / np.maximum(weight, _LEAST_WEIGHT))[..., :-_LEFT_OUT].astype(np.float32)


def power_law(sound: np.ndarray, power: float = 0.3) -> np.ndarray:
    """sign(x) |x|^power of a waveform, any shape; `power` 1 / 0.3 takes it back.

    speech_separation has it with 0.6 (its comment says 0.3), switched off: neither its data nor its networks use it.
    """
    return np.copysign(np.abs(sound) ** power, sound)


def as_complex(values: np.ndarray) -> np.ndarray:
    """Complex (...) of real and imaginary part, float (..., 2)."""
    whole = np.ascontiguousarray(values)
    return whole.view(np.result_type(whole.dtype, np.complex64))[..., 0]


def parts(values: np.ndarray) -> np.ndarray:
    """Float (..., 2), real and imaginary part, of complex (...)."""
    whole = np.ascontiguousarray(values)
    return whole.view(whole.real.dtype).reshape(*whole.shape, 2)


@cache
def _window() -> np.ndarray:
    side = (_FFT - _WINDOW) // 2
    return np.pad(np.hanning(_WINDOW), side).astype(np.float32)


def _added(frames: np.ndarray) -> np.ndarray:
    """Frames (..., T, 512) laid over one another, 160 apart: (..., 160 T + 352).

    Each frame's four pieces of 160 are added to the hops that they fall into.
    """
    count, pieces = frames.shape[-2], -(-_FFT // _HOP)
    summed = np.zeros((*frames.shape[:-2], count + pieces - 1, _HOP), frames.dtype)
    for piece in range(pieces):
        part = frames[..., piece * _HOP : (piece + 1) * _HOP]
        summed[..., piece : piece + count, : part.shape[-1]] += part
    return summed.reshape(*summed.shape[:-2], -1)[..., : count * _HOP + _FFT - _HOP]
