"""Long clips of every kind that is cut, a second and a half each, made without this project's encoder."""

import io
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.media.container import RangedFile
from faceshards.media.cutting.reel import Reel

RATE = 44100
#: Keyframes at 0, 12, 24, ...; three B-frames, one of which others refer to.
CLOSED = "keyint=12:min-keyint=12:scenecut=0:bframes=3:b-adapt=0:b-pyramid=normal:open-gop=0"
#: The same as HEVC, whose pictures before an open group's keyframe cannot be decoded without the last group (RASL).
HEVC = "keyint=12:min-keyint=12:scenecut=0:bframes=3:open-gop=1:pools=none:frame-threads=1:log-level=none"
OPEN = CLOSED.replace("open-gop=0", "open-gop=1")


def spoken(seconds: float) -> np.ndarray:
    """A sound whose pitch tells the time: float32 (n,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    return (np.sin(2 * np.pi * (300 + 400 * time) * time) / 2).astype(np.float32)


@pytest.fixture(scope="session")
def long(numbered) -> Callable[..., bytes]:
    """long(container, codec, params, sound=codec or None, seconds=of sound, times=in 90 kHz) -> a clip of 40 pictures
    at 25 a second, each of which spells its number.
    """

    def make(
        container: str = "mp4",
        codec: str = "libx264",
        params: str = CLOSED,
        sound: str | None = "aac",
        seconds: float = 1.6,
        begins: float = 0.0,
        times: Sequence[int] | None = None,
        size: tuple[int, int] = (112, 64),
    ) -> bytes:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container) as out:
            options = {"threads": "1"} | (
                {f"{codec[3:]}-params": params} if codec in ("libx264", "libx265") else {"g": "12"}
            )
            video = out.add_stream(codec, rate=25, options=options)
            video.width, video.height, video.pix_fmt = *size, "yuv420p"
            video.codec_context.time_base = Fraction(1, 90000 if times else 25)
            voice = out.add_stream(sound, rate=RATE if sound != "libopus" else 48000, layout="mono") if sound else None
            packets = []
            for number, picture in enumerate(numbered(40, size)):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = (times[number] if times else number * 3600), Fraction(1, 90000)
                packets += video.encode(frame)
            packets += video.encode()
            if voice:
                packets += _voiced(voice, spoken(seconds), begins)
            for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
                out.mux(packet)
        return buffer.getvalue()

    return make


def _voiced(voice: av.AudioStream, samples: np.ndarray, begins: float) -> list[av.Packet]:
    kinds = {"pcm_s16le": "s16", "libopus": "flt"}
    resampler = av.AudioResampler(kinds.get(voice.codec_context.name, "fltp"), "mono", voice.codec_context.sample_rate)
    fifo, packets = av.AudioFifo(), []
    frame = av.AudioFrame.from_ndarray(samples[None], "fltp", "mono")
    frame.rate = RATE
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        part.pts = None
        fifo.write(part)
    done = round(begins * voice.codec_context.sample_rate)
    while (part := fifo.read(voice.codec_context.frame_size or 1024, partial=True)) is not None:
        part.pts, part.time_base = done, Fraction(1, voice.codec_context.sample_rate)
        done += part.samples
        packets += voice.encode(part)
    return packets + voice.encode()


@pytest.fixture
def reel():
    """reel(body) -> it opened; closed at the end of the test."""
    opened = []

    def make(body: bytes) -> Reel:
        opened.append(Reel(RangedFile(lambda start, stop: body[start:stop], len(body))))
        return opened[-1]

    yield make
    for one in opened:
        one.close()
