"""The whole sound of an open container, decoded once, and where each of its packets stands in it."""

from __future__ import annotations

import math

import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet

from faceshards.errors import ClipError
from faceshards.media.container import moving_stream
from faceshards.media.sound.tape import Tape
from faceshards.media.timeline import over_at, shown_at

#: Longest sound that is read, in seconds. A longer one is `too-large` unless the caller raises the limit.
MAX_SECONDS = 4 * 3600.0


class Recording:
    """Decodes the first sound stream of a container. Raises ClipError: `no-sound`, `too-large`, `broken-media`.

    `packets`: each with the samples [begin, end) of the tape that came out of it. `zero`: when the first picture is
    shown, in seconds on the container's clock; when the sound begins, where there are no pictures. With `mono` the tape
    holds the mean of the channels. No more is decoded than tells the `first` seconds from `zero` on.
    """

    def __init__(
        self,
        container: InputContainer,
        max_seconds: float = MAX_SECONDS,
        mono: bool = False,
        first: float = math.inf,
    ) -> None:
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            raise ClipError("no-sound", f"the {container.format.name} file has no sound stream that can be decoded")
        self.stream: AudioStream = container.streams.audio[0]
        self.stream.codec_context.thread_count = 1
        self.packets: list[tuple[Packet, int, int]] = []
        self._limit, self._mono = max_seconds, mono
        self._tape: Tape | None = None
        pictures, is_mov = moving_stream(container), container.format.name.startswith("mov")
        self._end, first_picture, known = -math.inf, math.inf, pictures is None
        for packet in container.demux([one for one in (self.stream, pictures) if one is not None]):
            if packet.stream is self.stream:
                self._add(packet)
                end = self._end if is_mov else math.inf
                if known and self._tape and self._tape.reaches(first_picture, first, end):
                    break
            elif packet.size and not packet.is_discard and (shown := shown_at(packet)) is not None:
                first_picture = min(first_picture, shown)
                # None is shown before it is decoded, and they are decoded in the order of `dts`.
                known = known or (packet.dts is not None and float(packet.dts * packet.time_base) > first_picture)
        self.zero = first_picture if math.isfinite(first_picture) else self.tape.start
        # An mp4 says how much of its last packet is padding. FFmpeg cuts the priming before the sound, but not this.
        self._end = self._end if is_mov else math.inf

    def _add(self, packet: Packet) -> None:
        begin = self._tape.length if self._tape else 0
        for frame in self.stream.decode(packet):
            self._tape = self._tape or Tape(frame, self._limit, self._mono)
            self._tape.add(frame)
        if packet.size:
            self.packets.append((packet, begin, self._tape.length if self._tape else 0))
            if (over := over_at(packet)) is not None:
                self._end = max(self._end, over)

    @property
    def tape(self) -> Tape:
        """All that came out, from the first sample on."""
        if self._tape is None:
            raise ClipError("no-sound", "the sound stream holds no samples")
        return self._tape

    @property
    def last(self) -> int:
        """One past the last sample of the tape that is heard."""
        if not math.isfinite(self._end):
            return self.tape.length
        return min(self.tape.length, max(0, round((self._end - self.tape.start) * self.tape.rate)))

    def heard(self) -> np.ndarray:
        """The samples from the first picture on, float32 (channels, N), silent until the sound begins."""
        return self.tape.between(self.zero, self._end)
