"""How a clip looks: small grey pictures of it, four a second, and a hash of each."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from faceshards.media.clip import Clip
from faceshards.shards.reader import Shard

#: Looks a second, counted from the first picture: of all clips, and of those that may show the same.
RATE, FINE = 4, 25
#: Side of the picture that is hashed, and of the one that is kept of it.
SIDE, KEPT = 32, 16
_GREY = np.array([0.299, 0.587, 0.114], np.float32)
_BITS = 8


def looks_of(shard: Shard, row: int, facts: Mapping[str, Any], rate: int = RATE) -> np.ndarray:
    """The looks of a clip of an open shard, so many a second, whatever its shape, as grey pictures: float32
    (n, 32, 32), 0..255.

    Raises ClipError as `Clip.frames` does.
    """
    clip = Clip.of(shard, row, facts)
    chunks = clip.frames(size=(SIDE, SIDE)) if clip.is_picture else clip.frames(fps=rate, size=(SIDE, SIDE))
    return np.concatenate([chunk.pictures @ _GREY for chunk in chunks])


def hashes_of(looks: np.ndarray) -> np.ndarray:
    """The perceptual hash of each look (n, 32, 32): uint64 (n,).

    As pHash has it (Zauner 2010, 3.2.1): the type II cosine transform; of it the coefficients 1 to 8 in each direction;
    a bit is 1 where the coefficient is above their median.
    """
    cosines = _cosines()
    waves = (cosines @ looks.astype(np.float32) @ cosines.T)[:, 1 : _BITS + 1, 1 : _BITS + 1].reshape(len(looks), -1)
    bits = waves > np.median(waves, axis=1, keepdims=True)
    return np.packbits(bits, axis=1).view(">u8")[:, 0].astype(np.uint64)


@lru_cache(maxsize=1)
def _cosines() -> np.ndarray:
    n = np.arange(SIDE)
    return np.cos(np.pi / SIDE * (n[None] + 0.5) * n[: _BITS + 1, None]).astype(np.float32)


def kept_of(looks: np.ndarray) -> np.ndarray:
    """What is kept of looks (n, 32, 32): float16 (n, 256), each the mean of four pixels."""
    half = SIDE // KEPT
    return looks.reshape(-1, KEPT, half, KEPT, half).mean(axis=(2, 4)).reshape(-1, KEPT * KEPT).astype(np.float16)


class LookStore:
    """The looks of many clips, in a file without a name that is gone with it: half a kilobyte a look."""

    def __init__(self, folder: Path | None = None) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115 - it is closed with the store
        self._ends = [0]

    def __len__(self) -> int:
        return len(self._ends) - 1

    def add(self, looks: np.ndarray) -> None:
        """Puts the looks of the next clip there, float16 (n, 256)."""
        self._file.seek(self._ends[-1])
        self._file.write(np.ascontiguousarray(looks, np.float16).tobytes())
        self._ends.append(self._file.tell())

    def of(self, clip: int) -> np.ndarray:
        """Those of a clip, float32 (n, 256)."""
        start, end = self._ends[clip], self._ends[clip + 1]
        self._file.seek(start)
        return np.frombuffer(self._file.read(end - start), np.float16).reshape(-1, KEPT * KEPT).astype(np.float32)

    def __enter__(self) -> LookStore:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
