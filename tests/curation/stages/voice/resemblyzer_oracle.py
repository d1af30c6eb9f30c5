"""The maker's own voices. Runs in the oracles' Python: see tests/oracle.py."""

import numpy as np
import torch
from resemblyzer import VoiceEncoder, preprocess_wav


def answer(**sounds: np.ndarray) -> dict[str, np.ndarray]:
    """Of sounds at 16 kHz, or of paths of files that it reads by itself: 256 numbers each."""
    torch.set_num_threads(1)
    encoder = VoiceEncoder("cpu", verbose=False)
    return {name: encoder.embed_utterance(_heard(sound)) for name, sound in sounds.items()}


def _heard(sound: np.ndarray) -> np.ndarray:
    return preprocess_wav(str(sound)) if sound.dtype.kind == "U" else preprocess_wav(sound, 16_000)
