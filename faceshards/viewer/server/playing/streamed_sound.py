"""Sound of any codec as AAC, a piece at a time, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer, OutputContainer
from av.error import FFmpegError
from av.packet import Packet

#: Hz and channels of the AAC.
_RATE, _LAYOUT = 48000, "stereo"
_BITS = 128_000
#: Seconds of silence before a sound, and of sound behind the last picture, at most: a file may claim years.
_MOST_BEFORE, _MOST_BEHIND = 3600, 60


class StreamedSound:
    """The sound of `stream` from `zero` seconds on (None: from its own start on), silent until it begins. It is a
    `Soundtrack`.
    """

    def __init__(self, container: InputContainer, stream: AudioStream, zero: Fraction | None) -> None:
        self._pieces = _pieces(container, stream, zero)
        self._done = 0

    def begin(self, out: OutputContainer) -> None:
        """As `Soundtrack.begin`."""
        self._stream = out.add_stream("aac", rate=_RATE, layout=_LAYOUT)
        self._stream.bit_rate = _BITS

    def packets_until(self, seconds: Fraction) -> list[Packet]:
        """As `Soundtrack.packets_until`."""
        packets: list[Packet] = []
        while self._done < seconds * _RATE and (piece := next(self._pieces, None)) is not None:
            packets += self._encoded(piece)
        return packets

    def rest(self) -> list[Packet]:
        """As `Soundtrack.rest`."""
        return self.packets_until(Fraction(self._done, _RATE) + _MOST_BEHIND) + self._stream.encode()

    def _encoded(self, piece: np.ndarray) -> list[Packet]:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece), "fltp", _LAYOUT)
        frame.rate, frame.pts, frame.time_base = _RATE, self._done, Fraction(1, _RATE)
        self._done += piece.shape[1]
        return self._stream.encode(frame)


def _pieces(container: InputContainer, stream: AudioStream, zero: Fraction | None) -> Iterator[np.ndarray]:
    """float32 (2, n) each, n > 0; the first one begins at `zero`."""
    resampler = AudioResampler("fltp", _LAYOUT, _RATE)
    waiting: int | None = None  # samples that are still to be cut, or, below 0, to be silent
    for packet in container.demux(stream):
        for heard in _decoded(stream, packet):
            if waiting is None:
                begins = Fraction(heard.pts or 0) * Fraction(heard.time_base or 0)
                waiting = 0 if zero is None else round((zero - begins) * _RATE)
            for part in resampler.resample(heard):
                samples = part.to_ndarray()
                if waiting < -_MOST_BEFORE * _RATE:
                    return
                while waiting < 0:
                    yield np.zeros((2, min(_RATE, -waiting)), np.float32)
                    waiting = min(0, waiting + _RATE)
                kept = samples[:, waiting:]
                waiting -= samples.shape[1] - kept.shape[1]
                if kept.shape[1]:
                    yield kept
    yield from (part.to_ndarray() for part in resampler.resample(None) if part.samples)


def _decoded(stream: AudioStream, packet: Packet) -> list[AudioFrame]:
    """The sound of a packet; none where it does not decode, as the first ones behind a leap into a file may not."""
    try:
        return list(stream.decode(packet))
    except FFmpegError:
        return []
