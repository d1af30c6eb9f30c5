"""A span of a long video as a clip: 25 pictures a second and 16 kHz of sound from the same instant on.

Time counts from the video's first picture on, for pictures and sound alike. At the instant start + k / 25 that picture
is shown whose presentation time, decoded, is the last one not behind it; where the source is slower a picture comes
twice, where it is faster some do not come. Nothing is interpolated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, dropwhile
from typing import NamedTuple

import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.container import Body, opened, video_stream
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.rotation import rotation_of
from faceshards.media.sound.read import resample
from faceshards.media.sound.recording import MAX_SECONDS
from faceshards.media.sound.tape import Tape
from faceshards.media.timeline import tick_of
from faceshards.media.video.framing import Framing
from faceshards.media.video.painter import Painter

FPS = 25
RATE = 16000

# Containers whose index leads to a keyframe; others are decoded from their beginning.
_INDEXED = ("mov", "matroska")
# Seconds before the wanted instant that are tried for a keyframe, before all is decoded.
_BACK = (0, 3, 20)
# Seconds of sound before and behind the span: a decoder warms up over a packet or two, a resampler's filter reaches a
# few ms.
_WARM, _LEAD = 1, Fraction(1, 2)


class Media(NamedTuple):
    """A video as a site gives it: one file, or two that share a clock."""

    video: Body
    sound: Body


@dataclass(frozen=True)
class SegmentSpan:
    """`seconds` from `start` seconds on."""

    start: Fraction
    seconds: Fraction

    @property
    def frames(self) -> int:
        """Instants k / 25 within the span."""
        return math.ceil(self.seconds * FPS)

    @property
    def samples(self) -> int:
        """Samples at 16 kHz."""
        return round(self.seconds * RATE)


class Pictures:
    """The pictures of a span, each uint8 (H, W, 3) RGB, upright, one in memory at a time, while they are iterated.

    Behind the last one, `zero` is the time of the video's first picture on its own clock, in seconds, and `damaged` how
    many the decoder takes for damaged. Raises ClipError while it is iterated: `too-few-frames` where the video ends
    within the span, `mixed-sizes`, those of `opened` and `video_stream`.
    """

    def __init__(self, body: Body, span: SegmentSpan, max_pixels: int = MAX_PIXELS) -> None:
        self._body, self._span, self._max_pixels = body, span, max_pixels
        self.zero, self.damaged = Fraction(0), 0

    def __iter__(self) -> Iterator[np.ndarray]:
        with opened(self._body, self._max_pixels) as container:
            stream = video_stream(container, self._max_pixels)
            tick = tick_of(stream)
            self.zero = (stream.start_time or 0) * tick
            wanted = [_floor(self.zero + self._span.start + Fraction(k, FPS), tick) for k in range(self._span.frames)]
            found = _paced(_from(container, stream, wanted[0]), wanted, _most_wait(stream, tick))
            yield from self._painted(found)

    def _painted(self, found: Iterator[VideoFrame | None]) -> Iterator[np.ndarray]:
        painter: Painter | None = None
        size, last = (0, 0), None
        for number, picture in enumerate(found):
            if picture is None:
                self._ended(number)
                return
            if painter is None:
                painter, size = Painter(Framing(None), rotation_of(picture)), (picture.width, picture.height)
            if (picture.width, picture.height) != size:
                other = f"{picture.width}x{picture.height}"
                raise ClipError("mixed-sizes", f"the picture's size changes from {size[0]}x{size[1]} to {other}")
            self.damaged += bool(picture.is_corrupt)
            if picture is not last:
                out = np.empty(painter.shape(picture), np.uint8)
                painter.paint(picture, out)
                last = picture
            yield out

    def _ended(self, number: int) -> None:
        begin, end = float(self._span.start), float(self._span.start + self._span.seconds)
        rule = f"{number} of {self._span.frames} pictures of {begin:g} to {end:g} s are there"
        raise ClipError("too-few-frames", f"the video ends within the row's span: {rule}")


def spoken(body: Body, span: SegmentSpan, zero: Fraction) -> tuple[np.ndarray, float]:
    """The sound of a span, the mean of the channels: float32 (span.samples,) at 16 kHz, of which sample 0 is heard
    `span.start` seconds behind `zero`, a time on the file's clock; and how many seconds of it the file has: behind its
    end it is silent. Raises ClipError `no-sound`, those of `opened`.
    """
    begin, end = zero + span.start, zero + span.start + span.seconds
    # Resampled from a whole second on, where both rates have a sample: so it equals the whole sound, resampled.
    whole = zero + math.floor(span.start - _LEAD)
    with opened(body) as container:
        if not container.streams.audio or container.streams.audio[0].codec_context is None:
            raise ClipError("no-sound", f"the {container.format.name} file has no sound stream that can be decoded")
        stream = container.streams.audio[0]
        stream.codec_context.thread_count = 1
        if _is_indexed(container):
            container.seek(max(0, _floor(whole - _WARM, tick_of(stream))), stream=stream)
        tape: Tape | None = None
        for frame in container.decode(stream):
            tape = tape or Tape(frame, MAX_SECONDS, mono=True)
            tape.add(frame)
            if tape.start + tape.length / tape.rate > end + _LEAD:
                break
    there = 0.0 if tape is None else tape.start + tape.length / tape.rate - float(begin)
    if tape is None or there <= 0:
        raise ClipError("no-sound", f"the sound ends before the row's start at {float(span.start):g} s")
    plane = tape.between(float(whole), float(end + _LEAD))[0]
    heard = resample(plane, tape.rate, RATE)[round((begin - whole) * RATE) :][: span.samples]
    return np.pad(heard, (0, span.samples - len(heard))), min(there, float(span.seconds))


def _floor(time: Fraction, tick: Fraction) -> int:
    return math.floor(time / tick)


def _most_wait(stream: VideoStream, tick: Fraction) -> int:
    """Ticks for which the last picture stays: its own time, or a picture of ours."""
    rate = Fraction(stream.average_rate or FPS)
    return math.ceil(max(1 / rate, Fraction(1, FPS)) / tick)


def _is_indexed(container: InputContainer) -> bool:
    return container.format.name.startswith(_INDEXED)


def _from(container: InputContainer, stream: VideoStream, tick: int) -> Iterator[VideoFrame]:
    """Decoded pictures, of which the first is shown at `tick` or before: from the nearest keyframe that leads there."""
    for back in _BACK if _is_indexed(container) else ():
        container.seek(max(stream.start_time or 0, tick - _floor(Fraction(back), tick_of(stream))), stream=stream)
        # What comes before the keyframe leans on pictures that were not decoded.
        found = dropwhile(lambda picture: not picture.key_frame, container.decode(stream))
        first = next(found, None)
        if first is not None and _shown(first) <= tick:
            return chain([first], found)
    if _is_indexed(container):
        container.seek(stream.start_time or 0, stream=stream)
    return container.decode(stream)


def _paced(found: Iterator[VideoFrame], ticks: list[int], wait: int) -> Iterator[VideoFrame | None]:
    """For each of these ticks the last picture that is shown by then; None, and an end, where the video is over."""
    current, ahead = next(found, None), next(found, None)
    for tick in ticks:
        while current is not None and ahead is not None and _shown(ahead) <= tick:
            current, ahead = ahead, next(found, None)
        if current is None or (ahead is None and tick >= _shown(current) + wait):
            yield None
            return
        yield current


def _shown(picture: VideoFrame) -> int:
    time = picture.pts if picture.pts is not None else picture.dts
    if time is None:
        raise ClipError("broken-media", "a picture has no time: no span of the video can be found")
    return time
