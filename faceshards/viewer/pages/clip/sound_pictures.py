"""A clip's sound as the page draws it: the outline of its samples, and how strong each pitch is."""

from __future__ import annotations

import numpy as np

from faceshards.media.sound.read import Sound
from faceshards.viewer.drawing.sample import ShownSample

#: Seconds of sound that are drawn, and columns of a drawing.
MOST_SECONDS, MOST_COLUMNS = 600.0, 2048
#: Samples a second: pitches up to half of it are shown.
RATE = 16_000
#: The faintest that is shown, below the loudest.
FLOOR_DB = -80.0
# Half of the bins of 512 samples; a spectrum each 10 ms.
_BINS, _HOP, _TRANSFORM = 128, 160, 512


def heard(sample: ShownSample) -> Sound:
    """The sound that is drawn, mono: of the clip's span of time, silent where there is none, at most `MOST_SECONDS`.
    Raises ClipError `no-sound`, and those of `Clip.sound`.
    """
    clip = sample.opened(sample.clip)
    line = clip.timeline
    return clip.sound(0.0, min(line.lasting(0, len(line)), MOST_SECONDS), RATE)


def waveform(sound: Sound) -> np.ndarray:
    """Of each of at most `MOST_COLUMNS` stretches of equal length the least and the greatest sample: float32 (n, 2)."""
    stretch = max(1, -(-len(sound.samples) // MOST_COLUMNS))
    parts = np.pad(sound.samples, (0, -len(sound.samples) % stretch)).reshape(-1, stretch)
    return np.stack([parts.min(axis=1), parts.max(axis=1)], axis=1)


def spectrum(sound: Sound) -> np.ndarray:
    """How strong each pitch is, from 0 Hz in the last row to 8 kHz in the first: uint8 (128, n), 0 for what is 80 dB or
    more below the loudest, 255 for that. Of each stretch the loudest of its spectra, 10 ms each.
    """
    from faceshards.media.sound.spectrum import stft

    rows: list[np.ndarray] = []
    columns = max(1, len(sound.samples) // _HOP)
    stretch = -(-columns // MOST_COLUMNS) * _HOP
    piece = stretch * max(1, (1 << 18) // stretch)  # of a long sound a piece at a time is in memory
    for start in range(0, max(1, len(sound.samples)), piece):
        power = np.abs(stft(sound.samples[start : start + piece])[:, :-1] if len(sound.samples) >= _HOP else _silent())
        power = power[: 2 * _BINS].reshape(_BINS, 2, -1).max(axis=1)
        per = stretch // _HOP
        power = np.pad(power, ((0, 0), (0, -power.shape[1] % per))).reshape(_BINS, -1, per).max(axis=2)
        rows.append(power)
    sizes = np.concatenate(rows, axis=1)
    decibel = 20 * np.log10(np.maximum(sizes, 1e-12) / max(float(sizes.max()), 1e-3))
    return (np.clip(1 - decibel / FLOOR_DB, 0, 1)[::-1] * 255).round().astype(np.uint8)


def _silent() -> np.ndarray:
    return np.zeros((_TRANSFORM // 2 + 1, 1), np.complex64)
