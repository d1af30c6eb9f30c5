"""A stream of decoded pictures as a stream of arrays of bounded size."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, repeat

import numpy as np
from av.video.frame import VideoFrame

from faceshards.media.rotation import rotation_of
from faceshards.media.video.framing import Framing
from faceshards.media.video.painter import Painter

# Bytes of the pictures of a chunk.
_BYTES = 32 << 20


@dataclass(frozen=True)
class Chunk:
    """Some pictures of a clip: their `numbers` in it, int64 (n,), and the `pictures`, uint8 (n, H, W, 3) RGB."""

    numbers: np.ndarray
    pictures: np.ndarray
    _times: Callable[[], np.ndarray]

    @property
    def times(self) -> np.ndarray:
        """When each is shown, float64 (n,), as `Clip.times` says."""
        return self._times()[self.numbers]


def painted(
    found: Iterator[VideoFrame], size: tuple[int, int] | None, rotation: int | None, most: int | None
) -> Iterator[np.ndarray]:
    """The pictures as they come, uint8 (n, H, W, 3) RGB with n as large as memory or `most` allow.

    `size` (width, height) and `rotation` as in `Painter`; a rotation of None is that which the first picture says.
    """
    first = next(found, None)
    if first is None:
        return
    painter = Painter(Framing(size), rotation_of(first) if rotation is None else rotation)
    shape = painter.shape(first)
    room = max(1, min(most or _BYTES, _BYTES // math.prod(shape)))
    found = chain([first], found)
    while True:
        out, filled = np.empty((room, *shape), np.uint8), 0
        for filled, picture in enumerate(islice(found, room), 1):
            painter.paint(picture, out[filled - 1])
        if not filled:
            return
        yield out[:filled]


def repeated(found: Iterator[VideoFrame], numbers: np.ndarray) -> Iterator[VideoFrame]:
    """Each of the distinct pictures as often as its number stands in `numbers`, int64 (n,), ascending."""
    _, counts = np.unique(numbers, return_counts=True)
    for picture, count in zip(found, counts.tolist(), strict=False):
        yield from repeat(picture, count)
