"""Speech-to-face's data sets, stated anew from what they do (its `src/datasets/*`, at 04e96ff and at HEAD).

A person is a folder of the root. Spectrograms are the `.npy` files at any depth below its `audios`, embeddings those
below its `images`, in the order in which the file system lists them. Each item is read anew.
"""

from __future__ import annotations

import os
from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import accumulate

import numpy as np
import torch
from PIL import Image
from torch.utils.data import Dataset

PairItem = tuple[torch.Tensor, torch.Tensor]
FaceItem = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


class S2fDataset(Dataset[PairItem]):
    """Each spectrogram of a person with each of its embeddings: item `idx` is, of the person found by cumulative count,
    spectrogram idx // E with embedding idx % E. HEAD's AllToAll is the same. `in_order`
    puts the files of a folder in an order; by default they stay as the file system lists them.
    """

    def __init__(self, root: str, in_order: Callable[[list[str]], list[str]] = list) -> None:
        persons = [os.path.join(root, name) for name in os.listdir(root)]
        found = [[in_order(_below(os.path.join(one, side))) for side in ("audios", "images")] for one in persons]
        self._persons = [(sounds, faces) for sounds, faces in found if sounds and faces]
        self._ends = list(accumulate(len(pairs) for pairs in map(self._pairs, self._persons)))

    def _pairs(self, person: tuple[list[str], list[str]]) -> range:
        sounds, faces = person
        return range(len(sounds) * len(faces))

    def _pair(self, person: tuple[list[str], list[str]], number: int) -> tuple[str, str]:
        sounds, faces = person
        return sounds[number // len(faces)], faces[number % len(faces)]

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def files(self, idx: int) -> tuple[str, str]:
        """The two files of an item."""
        person = bisect_right(self._ends, idx)
        before = self._ends[person - 1] if person else 0
        return self._pair(self._persons[person], idx - before)

    def __getitem__(self, idx: int) -> PairItem:
        sound, face = self.files(idx)
        return torch.from_numpy(np.load(sound)), torch.from_numpy(np.load(face))


class OneToOne(S2fDataset):
    """HEAD: the first spectrogram with the first embedding, and so on while there are both."""

    def _pairs(self, person: tuple[list[str], list[str]]) -> range:
        return range(min(map(len, person)))

    def _pair(self, person: tuple[list[str], list[str]], number: int) -> tuple[str, str]:
        return person[0][number], person[1][number]


class AllToOne(S2fDataset):
    """HEAD, its trainings' default: the first `n` spectrograms (-1: all), each with the first embedding."""

    def __init__(self, root: str, n: int = -1, in_order: Callable[[list[str]], list[str]] = list) -> None:
        self._n = n
        super().__init__(root, in_order)

    def _pairs(self, person: tuple[list[str], list[str]]) -> range:
        count = len(person[0])
        return range(count if self._n == -1 else min(self._n, count))

    def _pair(self, person: tuple[list[str], list[str]], number: int) -> tuple[str, str]:
        return person[0][number], person[1][0]


class FaceDecoderDataset(Dataset[FaceItem]):
    """Each `.jpg` at any depth that has both `_embedding.npy` and `_landmarks.npy` beside it: the picture float32
    (3, H, W) in [0, 1], the embedding, the landmarks.
    """

    def __init__(self, root: str) -> None:
        stems = (path.removesuffix(".jpg") for path in _below(root, ".jpg"))
        self._stems = [stem for stem in stems if all(map(os.path.exists, _beside(stem)))]

    def __len__(self) -> int:
        return len(self._stems)

    def __getitem__(self, idx: int) -> FaceItem:
        stem = self._stems[idx]
        embedding, landmarks = (torch.from_numpy(np.load(path)) for path in _beside(stem))
        return to_tensor(Image.open(f"{stem}.jpg").convert("RGB")), embedding, landmarks


def to_tensor(picture: Image.Image) -> torch.Tensor:
    """torchvision's ToTensor, call by call."""
    pixels = torch.from_numpy(np.array(picture, np.uint8, copy=True))
    return pixels.permute(2, 0, 1).contiguous().to(dtype=torch.float32).div(255)


def _beside(stem: str) -> tuple[str, str]:
    return f"{stem}_embedding.npy", f"{stem}_landmarks.npy"


def _below(folder: str, suffix: str = ".npy") -> list[str]:
    return list(_walked(folder, suffix))


def _walked(folder: str, suffix: str) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (os.path.join(place, name) for name in names if name.endswith(suffix))
