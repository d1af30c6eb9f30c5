"""A clip as an mp4 that browsers play, made picture by picture: it may be stopped between any two, and holds few.

The first picture is shown at second 0 and the sound in step with it, as in `media.clip`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from fractions import Fraction
from itertools import chain, islice
from typing import BinaryIO

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.container import Body, opened, video_stream
from faceshards.media.mp4 import new_mp4
from faceshards.media.soundtrack import CopiedSoundtrack, Soundtrack
from faceshards.media.timeline import DEFAULT_RATE, tick_of
from faceshards.viewer.server.playing.playable_pictures import PlayablePictures
from faceshards.viewer.server.playing.streamed_sound import StreamedSound
from faceshards.viewer.server.playing.way import REMUXED, TIMED, Way

#: The options of an mp4 that is played while it is written.
FRAGMENTED = {"movflags": "+frag_keyframe+delay_moov+default_base_moof"}
#: Seconds by which a leap into a container without an index begins early: it may end behind the keyframe that it needs.
_EARLY = 5.0
#: Packets among which the first picture is looked for: more than H.264 reorders (16).
_REORDERED = 32


def converted(
    way: Way, pictures: Body, voice: Body | None, out: BinaryIO, start: float = 0.0, fragmented: bool = False
) -> Generator[None]:
    """Writes the mp4 to a file open for writing (and reading, where not `fragmented`), a step a picture. From `start`
    seconds on: of what is copied, from the keyframe before that.

    Where the iterator is closed, all is closed; what was written so far is no whole file. Raises ClipError.
    """
    options = FRAGMENTED if fragmented else {}
    with ExitStack() as stack:
        seen = stack.enter_context(opened(pictures))
        heard = stack.enter_context(opened(pictures if voice is None else voice))
        stream = video_stream(seen)
        if start > 0:
            early = 0 if seen.format.name.startswith(TIMED) else _EARLY
            ticks = round(max(0.0, start - early) / float(tick_of(stream)))
            seen.seek(ticks + (stream.start_time or 0), stream=stream)
        if way.kind == REMUXED:
            yield from _copied(seen, stream, heard, way, out, options)
        else:
            yield from _encoded(seen, stream, heard, way, out, options, start)


def _copied(
    seen: InputContainer,
    stream: VideoStream,
    heard: InputContainer,
    way: Way,
    out: BinaryIO,
    options: Mapping[str, str],
) -> Iterator[None]:
    tick = tick_of(stream)
    packets = (packet for packet in seen.demux(stream) if packet.size)
    first = list(islice(packets, _REORDERED))
    zero = min((one.pts for one in first if one.pts is not None and not one.is_discard), default=0)
    with new_mp4(out, {"movie_timescale": str(tick.denominator), **options}) as mp4:
        made = mp4.add_stream_from_template(stream)
        sound = _sound(heard, way, zero * tick)
        if sound:
            sound.begin(mp4)
        for packet in _released(first, packets):
            packet.pts = None if packet.pts is None else packet.pts - zero
            packet.dts = None if packet.dts is None else packet.dts - zero
            packet.stream = made
            mp4.mux(packet)
            if sound:
                mp4.mux(sound.packets_until(max(0, packet.dts or 0) * tick))
            yield
        if sound:
            mp4.mux(sound.rest())


def _released(first: list[Packet], packets: Iterator[Packet]) -> Iterator[Packet]:
    """All packets, none of which is held any longer than its turn."""
    waiting = deque(first)
    first.clear()
    while waiting:
        yield waiting.popleft()
    yield from packets


def _encoded(
    seen: InputContainer,
    stream: VideoStream,
    heard: InputContainer,
    way: Way,
    out: BinaryIO,
    options: Mapping[str, str],
    start: float,
) -> Iterator[None]:
    tick, rate = tick_of(stream), Fraction(stream.average_rate or stream.guessed_rate or DEFAULT_RATE)
    begin = (stream.start_time or 0) + round(start / tick) if start > 0 else None
    pictures = _timed((one for packet in seen.demux(stream) for one in packet.decode()), rate, tick, begin)
    first = next(pictures, None)
    if first is None:
        raise ClipError("no-frames", "nothing in the clip decodes to a picture")
    zero = first[1]
    sound = _sound(heard, way, zero * tick)
    drawn = PlayablePictures(first[0], tick)
    with new_mp4(out, options) as mp4:
        made = drawn.stream(mp4, rate)
        if sound:
            sound.begin(mp4)
        for picture, time in chain([first], pictures):
            mp4.mux(made.encode(drawn.frame(picture, time - zero)))
            if sound:
                mp4.mux(sound.packets_until((time - zero) * tick))
            yield
        mp4.mux(made.encode())
        if sound:
            mp4.mux(sound.rest())


def _timed(
    pictures: Iterator[VideoFrame], rate: Fraction, tick: Fraction, begin: int | None
) -> Iterator[tuple[VideoFrame, int]]:
    """The pictures from tick `begin` on, each with its tick: its own where the container says one behind the last."""
    last: int | None = None
    for picture in pictures:
        told = picture.pts
        if told is None:
            told = 0 if last is None else last + max(1, round(1 / rate / tick))
        last = told if last is None else max(last + 1, told)
        if begin is None or last >= begin:
            yield picture, last


def _sound(heard: InputContainer, way: Way, zero: Fraction) -> Soundtrack | None:
    """The sound from `zero` on, in seconds of the pictures' container; another file begins with the first picture."""
    stream: AudioStream | None = next(iter(heard.streams.audio), None)
    if stream is None or stream.codec_context is None:
        return None
    if way.voice is None and zero > 0:
        heard.seek(int(max(Fraction(0), zero - 1) * 1_000_000))
    if way.copies_sound:
        return CopiedSoundtrack(stream, _shifted(heard, stream, zero))
    return StreamedSound(heard, stream, zero if way.voice is None else None)


def _shifted(heard: InputContainer, stream: AudioStream, zero: Fraction) -> Iterator[Packet]:
    """The packets that are heard, counted from `zero` seconds on."""
    ticks = round(zero / tick_of(stream))
    for packet in heard.demux(stream):
        if packet.size and packet.pts is not None and packet.pts + (packet.duration or 0) > ticks:
            packet.pts = packet.dts = packet.pts - ticks
            yield packet
