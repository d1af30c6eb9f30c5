"""Folder trees as Speech-to-face keeps them."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image


def spectrogram(number: int, shape: tuple[int, int, int]) -> np.ndarray:
    """A spectrogram of real and imaginary parts that tells its number, float32."""
    array = np.full(shape, number, np.float32)
    array[1] = -1 - number
    return array


def write_persons(root: Path, persons: Mapping[str, tuple[int, int]], shape: tuple[int, int, int]) -> Path:
    """PERSON/audios and PERSON/images of so many arrays each, in folders below; full of their numbers."""
    number = 0
    for person, counts in persons.items():
        for side, count in zip(("audios", "images"), counts, strict=True):
            (root / person / side / "deep").mkdir(parents=True)
            for index in range(count):
                number += 1
                array = spectrogram(number, shape) if side == "audios" else np.full(4096, number, np.float32)
                np.save(root / person / side / "deep" / f"{index}.npy", array)
    (root / "readme.txt").write_text("no person")
    return root


def write_faces(root: Path, count: int, side: int = 224) -> Path:
    """Two folders of JPEG pictures with embedding and landmarks beside them, which tell their number."""
    random = np.random.default_rng(0)
    for number in range(count):
        folder = root / f"id{number % 2}"
        folder.mkdir(exist_ok=True)
        pixels = random.integers(0, 256, (side // 8, side // 8, 3), np.uint8)
        Image.fromarray(pixels).resize((side, side)).save(folder / f"{number}.jpg", quality=95)
        np.save(folder / f"{number}_embedding.npy", np.full(4096, number, np.float32))
        np.save(folder / f"{number}_landmarks.npy", np.full(144, number, np.float32))
    return root
