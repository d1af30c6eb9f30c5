"""Some pictures of a clip, and the sound of their span, whose bytes are in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from faceshards.media.tables.ranges import ReadRange
from faceshards.media.tables.track import PacketTrack
from faceshards.media.video.decode import shown
from faceshards.media.video.framing import Framing


@dataclass(frozen=True)
class Part:
    """Decodes from memory, in any thread; reads again only where decoding needs more than `track` has.

    `numbers` int64 (n,), ascending: its pictures; `whole` gives all packets. `voice` makes the sound of its span at a
    rate, where that was asked for.
    """

    numbers: np.ndarray
    read_range: ReadRange
    track: PacketTrack
    whole: Callable[[], PacketTrack]
    voice: Callable[[int], np.ndarray] | None = None

    def pictures(self, framing: Framing, out: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
        """Upright pictures in a framing, painted on `out` where that fits: uint8 (n, H, W, 3) RGB, or (n, 3 H / 2, W)
        planes; and what takes planes to RGB, float64 (3, 4) (`media.video.colour.rgb_matrix`).
        """
        try:
            return self._painted(self.track, framing, out)
        except LookupError:  # with a rolling intra refresh a decoder must begin earlier than the table's rows reach
            return self._painted(self.whole(), framing, out)

    def sound(self, rate: int) -> np.ndarray:
        """float32 (round(seconds * rate),), mono."""
        assert self.voice is not None, "the part was asked for without a span of sound"
        return self.voice(rate)

    def _painted(self, track: PacketTrack, framing: Framing, out: np.ndarray | None) -> tuple[np.ndarray, np.ndarray]:
        return shown(self.read_range, track.table, track.media, self.numbers, framing, out, track.plan)
