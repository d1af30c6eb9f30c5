"""A part of a clip whose bytes are read already: some pictures, and the sound that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceshards.media.sound.source import SoundSource
from faceshards.media.tables.ranges import ReadRange
from faceshards.media.tables.track import PacketTrack
from faceshards.media.video.decode import pictures


@dataclass(frozen=True)
class Part:
    """Decodes without another read, in any process that has it.

    `numbers` int64 (n,), ascending: its pictures. `start` and `seconds`: the span of its sound. `read_range` answers
    from memory; `whole` gives all packets, where decoding turns out to need more than `track` has.
    """

    numbers: np.ndarray
    read_range: ReadRange
    track: PacketTrack
    whole: Callable[[], PacketTrack]
    source: SoundSource | None = None
    start: float = 0.0
    seconds: float = 0.0

    def pictures(self, size: tuple[int, int] | None = None, out: np.ndarray | None = None) -> np.ndarray:
        """uint8 (n, H, W, 3) RGB, upright, scaled to `size` (width, height); painted on `out` where that fits."""
        try:
            return pictures(self.read_range, self.track.table, self.track.media, self.numbers, size=size, out=out)
        except LookupError:  # with a rolling intra refresh a decoder must begin earlier than the table's rows reach
            track = self.whole()
            return pictures(self.read_range, track.table, track.media, self.numbers, size=size, out=out)

    def sound(self, rate: int) -> np.ndarray:
        """float32 (round(seconds * rate),), mono. Raises ClipError `no-sound` where none was asked for."""
        assert self.source is not None, "the part was asked for without a span of sound"
        return self.source.span(self.read_range, self.start, self.seconds, rate)
