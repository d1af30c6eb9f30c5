"""What a clip is: container, codecs, size, rate, exact frame count, durations. Decodes its first frame alone."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from faceshards.errors import ClipError
from faceshards.media.container import Body, is_shown, opened, video_stream
from faceshards.media.geometry import upright
from faceshards.media.picture import MAX_PIXELS
from faceshards.media.rotation import first_rotation
from faceshards.media.timeline import mean_rate, over_tick, seconds, tick_of

_SUFFIXES = {"mpeg": "mpg", "avi": "avi"}


@dataclass(frozen=True)
class ClipMetadata:
    """What the container says of a clip with a video stream; times in seconds on the clip's own clock."""

    container: str  #: the column that suits the bytes: mp4, mov, mkv, webm, avi, mpg
    video_codec: str  #: FFmpeg's name of the codec: h264, hevc, mpeg1video, mpeg4, ...
    width: int  #: pixels, of the picture as it is seen: turned by its display matrix
    height: int  #: pixels, likewise
    fps: Fraction  #: mean frames a second as the container says; exact for a constant rate
    frames: int  #: pictures that are shown: packets of the stream, without those that an edit list cuts away
    duration: float  #: from the first picture's start to the last picture's end
    start: float  #: when the first picture is shown
    time_base: Fraction  #: seconds a tick of the video stream's timestamps
    sound_codec: str | None = None
    sample_rate: int | None = None  #: Hz
    channels: int | None = None
    sound_start: float | None = None
    sound_duration: float | None = None

    def scalars(self) -> dict[str, Any]:
        """This as keys of a sample's json: flat, `fps` as [numerator, denominator], unknown ones left out."""
        names = (
            "container video_codec width height frames duration start sound_codec sample_rate channels sound_duration"
        )
        known = {name: getattr(self, name) for name in names.split() if getattr(self, name) is not None}
        return known | {"fps": [self.fps.numerator, self.fps.denominator]}


def probe(body: Body, *, max_pixels: int = MAX_PIXELS) -> ClipMetadata:
    """What is said of a clip, by reading its container and every packet's header.

    Raises ClipError: `empty-file`, `broken-media`, `truncated-media`, `no-video`, `no-frames`,
    `too-large` (a frame of more than `max_pixels` pixels).
    """
    with opened(body, max_pixels) as container:
        video = video_stream(container, max_pixels)
        sound = container.streams.audio[0] if container.streams.audio else None
        codec = video.codec_context.codec.canonical_name
        pictures, sounds = _Span(), _Span()
        for packet in container.demux([s for s in (video, sound) if s is not None]):
            if packet.stream is not video:
                sounds.add(packet)
            elif is_shown(packet, codec):
                pictures.add(packet)
        if not pictures.packets:
            raise ClipError("no-frames", "the video stream holds no packet that is shown")
        tick, context = tick_of(video), video.codec_context
        fps, heard, size = _rate(video, pictures, tick), _sound_facts(sound, sounds), (context.width, context.height)
        width, height = upright(*size, first_rotation(container, video))
        return ClipMetadata(
            container=_suffix(container),
            video_codec=codec,
            width=width,
            height=height,
            fps=fps,
            frames=pictures.packets,
            start=seconds(pictures.start, tick),
            duration=seconds(pictures.end - pictures.start, tick),
            time_base=tick,
            **heard,
        )


class _Span:
    """Packets of one stream: how many, and from which tick to which."""

    def __init__(self) -> None:
        self.packets = 0
        self.start = 0
        self.end = 0

    def add(self, packet: Packet) -> None:
        if not packet.size or packet.is_discard:
            return
        time = packet.pts if packet.pts is not None else packet.dts or 0
        self.start = min(self.start, time) if self.packets else time
        self.end = max(self.end, over_tick(packet))
        self.packets += 1


def _rate(video: VideoStream, pictures: _Span, tick: Fraction) -> Fraction:
    told = video.average_rate or video.guessed_rate
    return Fraction(told) if told else mean_rate(pictures.packets, pictures.end - pictures.start, tick)


def _sound_facts(sound: AudioStream | None, span: _Span) -> dict[str, Any]:
    if sound is None or sound.codec_context is None or not span.packets:
        return {}
    # A codec's priming samples are cut from the first packet: the stream's start says where sound is first heard.
    tick = tick_of(sound)
    start = span.start if sound.start_time is None else max(span.start, sound.start_time)
    return {
        "sound_codec": sound.codec_context.codec.canonical_name,
        "sample_rate": sound.codec_context.sample_rate,
        "channels": sound.codec_context.channels,
        "sound_start": seconds(start, tick),
        "sound_duration": seconds(span.end - start, tick),
    }


def _suffix(container: InputContainer) -> str:
    name = container.format.name
    if name.startswith("mov"):
        return "mov" if container.metadata.get("major_brand", "").strip() == "qt" else "mp4"
    if name.startswith("matroska"):
        codecs = {s.codec_context.codec.canonical_name for s in container.streams if s.codec_context}
        return "webm" if codecs <= {"vp8", "vp9", "av1", "opus", "vorbis"} else "mkv"
    return _SUFFIXES.get(name, name)
