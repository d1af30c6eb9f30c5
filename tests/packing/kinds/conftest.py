"""Files as Speech-to-face makes them, and trees of files."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from faceshards.media.sound.compressed import compressed_spectrogram


def npy(array: np.ndarray) -> bytes:
    """As `numpy.save` writes it."""
    out = io.BytesIO()
    np.save(out, array)
    return out.getvalue()


def wav(seconds: float = 0.2, seed: int = 0) -> bytes:
    """16 kHz, 16 bit, mono."""
    import wave

    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(sounds(seconds, seed).astype("<i2").tobytes())
    return out.getvalue()


def sounds(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=round(16000 * seconds)) * 3000


def spectrogram(seed: int = 0, variant: str = "parts") -> bytes:
    """float32 (2, 257, 601), by the formula of either time."""
    return npy(compressed_spectrogram(sounds(6, seed).astype(np.float32) / 32768, 6.0, variant=variant))


def embedding(seed: int = 0) -> bytes:
    """float32 (4096,), behind a ReLU."""
    return npy(np.random.default_rng(seed).normal(size=4096).clip(0).astype(np.float32))


def landmarks(seed: int = 0) -> bytes:
    """float32 (144,), pixels of 224 x 224, some of them outside."""
    return npy(np.random.default_rng(seed).uniform(-5, 240, 144).astype(np.float32))


def planted(root: Path, files: Mapping[str, bytes]) -> Path:
    for name, body in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(body)
    return root


def tree_of(root: Path) -> dict[str, bytes]:
    return {str(one.relative_to(root)): one.read_bytes() for one in root.rglob("*") if one.is_file()}


@pytest.fixture(scope="session")
def persons(make) -> dict[str, bytes]:
    """Three persons in the layout of Speech-to-face's data sets: ready arrays of one, raw files of another, a third
    without a face.
    """
    picture = make.pictures(2, width=96, height=64)
    return {
        "id1/audios/5r0dWxy17C8/00001.npy": spectrogram(1),
        "id1/audios/5r0dWxy17C8/00002.npy": spectrogram(2, "polar"),
        "id1/images/a/b/c/0001_embedding.npy": embedding(1),
        "id1/images/0002.npy": embedding(2),
        "id 2/audios/deep/er/x.wav": wav(seed=2),
        "id 2/audios/deep/er/y.wav": wav(seed=3),
        "id 2/audios/deep/er/y.npy": spectrogram(3),
        "id 2/images/p.JPG": make.picture(picture[0], "JPEG"),
        "id 2/images/q.png": make.picture(picture[1]),
        "id 2/images/q_embedding.npy": embedding(3),
        "日本語/audios/z.npy": spectrogram(4),
    }
