"""Clips of many containers and codecs whose pictures spell their numbers, each with a sound that begins late."""

import io
import wave
from fractions import Fraction

import av
import numpy as np
import pytest

from faceshards.shards.writer import ShardWriter

RATE, COUNT = 25, 40
#: Seconds of silence before the tone.
ONSET = 0.8
#: Column -> container, picture codec, planes, sound codec.
KINDS = {
    "mp4": ("mp4", "libx264", "yuv420p", "aac"),
    "webm": ("webm", "libvpx", "yuv420p", "libopus"),
    "mkv": ("matroska", "libx264", "yuv420p", "pcm_s16le"),
    "mov": ("mov", "libx264", "yuv420p", "pcm_s16le"),
    "avi": ("avi", "mpeg4", "yuv420p", "mp3"),
    "mpg": ("mpeg", "mpeg1video", "yuv420p", "mp2"),
    "deep.mp4": ("mp4", "libx264", "yuv422p", "aac"),
}


def tone(rate: int = 48000) -> np.ndarray:
    """int16 (n,): silence, then a tone, as long as the pictures."""
    times = np.arange(rate * COUNT // RATE) / rate
    return (20000 * np.sin(2 * np.pi * 440 * times) * (times >= ONSET)).astype(np.int16)


def recording() -> bytes:
    """The tone as a wav."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 2, 48000, 0, "NONE", ""))
        out.writeframes(tone().tobytes())
    return file.getvalue()


def clip(pictures, container, codec, planes, sound) -> bytes:
    """A clip, written without this project's encoder."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        video = out.add_stream(codec, rate=RATE, options={"threads": "1"})
        video.height, video.width = pictures[0].shape[:2]
        video.pix_fmt, video.bit_rate, video.gop_size = planes, 4_000_000, 10
        voice = out.add_stream(sound, rate=48000, layout="mono") if sound else None
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts, frame.time_base = number, Fraction(1, RATE)
            out.mux(video.encode(frame))
        out.mux(video.encode())
        if voice:
            frame = av.AudioFrame.from_ndarray(tone()[None], "s16", "mono")
            frame.rate, frame.pts, frame.time_base = 48000, 0, Fraction(1, 48000)
            out.mux(voice.encode(frame))
            out.mux(voice.encode())
    return file.getvalue()


@pytest.fixture(scope="session")
def odd_clips(tmp_path_factory, numbered):
    """A shard of one sample a kind, in the order of `KINDS`, and a last one: a silent mp4 beside its own wav."""
    path = tmp_path_factory.mktemp("odd") / "odd.tar"
    pictures = numbered(COUNT)
    bodies = [(column, {column: clip(pictures, *kind)}) for column, kind in KINDS.items()]
    bodies.append(("mp4", {"mp4": clip(pictures, *KINDS["mp4"][:3], None), "wav": recording()}))
    with ShardWriter(path) as writer:
        for number, (column, body) in enumerate(bodies):
            facts = {"name": f"clip {number}", "container": column}
            writer.add(f"clip{number}", {"json": facts} | dict.fromkeys([*KINDS, "wav"]) | body)
    return path
