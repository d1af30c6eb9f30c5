"""The sound of an mp4 in the making, put out as far as the pictures have come, so that both interleave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Protocol

import av
import numpy as np
from av.audio.stream import AudioStream
from av.container import OutputContainer
from av.packet import Packet

from faceshards.media.sound.read import Sound

_AAC_SAMPLES = 1024  # samples of one AAC packet (ISO/IEC 14496-3)
_LAYOUTS = {1: "mono", 2: "stereo"}
_AAC_BITS = 64_000  # bits a second of each sound channel


class Soundtrack(Protocol):
    """What puts out packets of sound beside the pictures."""

    def begin(self, out: OutputContainer) -> None:
        """Adds its stream, behind that of the pictures."""

    def packets_until(self, seconds: Fraction) -> list[Packet]:
        """The next packets that begin before `seconds`, counted from the first picture on."""

    def rest(self) -> list[Packet]:
        """All packets that are still to come."""


class CopiedSoundtrack:
    """Packets as they come, in ascending order, of a stream like `template`; their times count from the first picture
    on, in units of their `time_base`.
    """

    def __init__(self, template: AudioStream, packets: Iterable[Packet]) -> None:
        self._template, self._packets = template, iter(packets)
        self._next: Packet | None = None

    def begin(self, out: OutputContainer) -> None:
        """As `Soundtrack.begin`."""
        self._stream = out.add_stream_from_template(self._template)

    def packets_until(self, seconds: Fraction) -> list[Packet]:
        """As `Soundtrack.packets_until`."""
        return list(self._until(seconds))

    def rest(self) -> list[Packet]:
        """As `Soundtrack.rest`."""
        return list(self._until(None))

    def _until(self, seconds: Fraction | None) -> Iterator[Packet]:
        while (packet := self._next or next(self._packets, None)) is not None:
            self._next = packet
            if seconds is not None and (packet.pts or 0) * packet.time_base >= seconds:
                return
            packet.stream, self._next = self._stream, None
            yield packet


class AacSoundtrack:
    """Samples as AAC. Raises ValueError for a sound that AAC does not take."""

    def __init__(self, sound: Sound) -> None:
        samples = sound.samples if sound.samples.ndim == 2 else sound.samples[:, None]
        rates = av.Codec("aac", "w").audio_rates or []
        if sound.rate not in rates or samples.shape[1] not in _LAYOUTS:
            raise ValueError(
                f"AAC takes 1 or 2 channels at {sorted(rates)} Hz, got {samples.shape[1]} at {sound.rate} Hz"
            )
        self._rate, self._layout = sound.rate, _LAYOUTS[samples.shape[1]]
        self._planes = np.ascontiguousarray(samples.T)
        self._done = 0

    def begin(self, out: OutputContainer) -> None:
        """As `Soundtrack.begin`."""
        # Noise substitution draws random numbers in the decoder: a window would never equal the whole.
        self._stream = out.add_stream("aac", rate=self._rate, layout=self._layout, options={"aac_pns": "0"})
        self._stream.bit_rate = _AAC_BITS * len(self._planes)

    def packets_until(self, seconds: Fraction) -> list[Packet]:
        """The packets of the whole AAC frames that begin before `seconds`."""
        packets: list[Packet] = []
        while self._done + _AAC_SAMPLES <= self._planes.shape[1] and self._done < seconds * self._rate:
            packets += self._next()
        return packets

    def rest(self) -> list[Packet]:
        """As `Soundtrack.rest`."""
        packets: list[Packet] = []
        while self._done < self._planes.shape[1]:
            packets += self._next()
        return packets + self._stream.encode()

    def _next(self) -> list[Packet]:
        part = np.ascontiguousarray(self._planes[:, self._done : self._done + _AAC_SAMPLES])
        frame = av.AudioFrame.from_ndarray(part, "fltp", self._layout)
        frame.rate, frame.pts, frame.time_base = self._rate, self._done, Fraction(1, self._rate)
        self._done += part.shape[1]
        return self._stream.encode(frame)
