"""Samples out of the middle of a WAV file of PCM, by their bytes: no decoder, and nothing else is read."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from faceshards.errors import ClipError

#: Bytes from the beginning of a WAV file on that tell its format: the chunks before the samples are few and short.
HEAD = 512

_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# Format tag and bits of a sample -> its bytes, and what they are divided by, as FFmpeg does.
_KINDS: dict[tuple[int, int], tuple[np.dtype[Any], int]] = {
    (_PCM, 16): (np.dtype("<i2"), 1 << 15),
    (_PCM, 32): (np.dtype("<i4"), 1 << 31),
    (_FLOAT, 32): (np.dtype("<f4"), 1),
}


@dataclass(frozen=True)
class PcmFormat:
    """Where the `samples` of a WAV file stand, each of `dtype`, one behind the other from byte `start` on: mono, `rate`
    in Hz. A sample is its number divided by `scale`.
    """

    start: int
    samples: int
    rate: int
    dtype: np.dtype
    scale: int

    @classmethod
    def of(cls, head: bytes, size: int) -> PcmFormat | None:
        """The format of a file of `size` bytes, of which `head` are the first ones; None for what is to be decoded as a
        whole: other sounds than mono of 16 or 32 bits, other files than WAV, samples that begin behind `head`.

        What a file that was never closed says of its length is not believed: its samples end where the file does.
        """
        if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
            return None
        found, at = None, 12
        while at + 8 <= len(head):
            name, length = head[at : at + 4], int.from_bytes(head[at + 4 : at + 8], "little")
            if name == b"fmt " and length >= 16:
                found = _format(head[at + 8 : at + 8 + length])
            if name == b"data":
                return _placed(found, at + 8, length, size)
            at += 8 + length + length % 2
        return None

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where samples [first, last) stand: bytes [start, stop)."""
        return self.start + first * self.dtype.itemsize, self.start + last * self.dtype.itemsize

    def parsed(self, body: bytes | memoryview) -> np.ndarray:
        """The samples of a span: float32 (N,), as `read_sound` gives them. Raises ClipError `broken-media`."""
        numbers = np.frombuffer(body, self.dtype)
        samples = numbers.astype(np.float32) if self.scale == 1 else np.multiply(numbers, 1 / self.scale, dtype="f4")
        if self.dtype.kind == "f" and not math.isfinite(float(np.abs(samples).max(initial=0))):
            raise ClipError("broken-media", "the sound holds what is no finite number")
        return samples


def _format(body: bytes) -> tuple[int, int, int, int] | None:
    """Tag, channels, rate and bits of a fmt chunk."""
    if len(body) < 16:
        return None
    tag, channels, rate = (int.from_bytes(body[a:b], "little") for a, b in ((0, 2), (2, 4), (4, 8)))
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = int.from_bytes(body[24:26], "little")
    return tag, channels, rate, int.from_bytes(body[14:16], "little")


def _placed(found: tuple[int, int, int, int] | None, start: int, length: int, size: int) -> PcmFormat | None:
    if found is None:
        return None
    tag, channels, rate, bits = found
    kind = _KINDS.get((tag, bits))
    if kind is None or channels != 1:
        return None
    room = size - start
    return PcmFormat(start, min(length or room, room) // kind[0].itemsize, rate, *kind)
