"""librosa's spectra. Runs in the oracles' Python: see tests/oracle.py."""

import librosa
import numpy as np


def answer(samples: np.ndarray) -> dict[str, np.ndarray]:
    """Of 6 s at 16 kHz, by windows of 25 ms every 10 ms in the middle of 512 samples."""
    sizes = {"n_fft": 512, "hop_length": 160, "win_length": 400}
    return {
        "stft": librosa.stft(samples, **sizes),
        "mel": librosa.feature.melspectrogram(y=samples, sr=16_000, n_mels=80, **sizes),
        "voice": librosa.feature.melspectrogram(y=samples, sr=16_000, n_fft=400, hop_length=160, n_mels=40),
    }
