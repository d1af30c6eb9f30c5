"""How long librosa and we take for a spectrogram: in one process, by one NumPy, in turns. SAMPLES.npy RUNS.

It runs in the oracles' Python, where of this project no more is imported than NumPy and SciPy can serve.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import numpy as np

from faceshards.bench.race import race
from faceshards.media.sound.compressed import compressed_spectrogram


def librosas(samples: np.ndarray) -> np.ndarray:
    """Speech-to-face's spectrogram as its own code makes it, of 6 s at 16 kHz: float32 (2, 257, 601)."""
    import librosa

    spectrum = librosa.stft(samples, n_fft=512, hop_length=160, win_length=400)
    parts = np.stack([spectrum.real, spectrum.imag])
    return np.sign(parts) * np.abs(parts) ** np.float32(0.3)


def cpu(call: Callable[[np.ndarray], np.ndarray], samples: np.ndarray) -> Callable[[], float]:
    """A contestant that returns the processor's seconds of ten spectrograms."""

    def run() -> float:
        start = time.process_time()
        for _ in range(10):
            call(samples)
        return time.process_time() - start

    return run


if __name__ == "__main__":
    sound, runs = np.load(sys.argv[1]), int(sys.argv[2])
    contestants: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "faceshards": compressed_spectrogram, "librosa": librosas
    }  # fmt: skip
    apart = float(np.abs(compressed_spectrogram(sound) - librosas(sound)).max())
    times = race({name: cpu(call, sound) for name, call in contestants.items()}, runs)
    sys.stdout.write(json.dumps({"apart": apart, **{name: one.seconds for name, one in times.items()}}) + "\n")
