"""Media of every odd kind that a folder of clips may hold, and a stage that misbehaves on clips named for it. Not a
test module.
"""

from __future__ import annotations

import ctypes
import io
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

from faceshards.curation.engine import Frames, Stage
from faceshards.curation.engine.outlet import Outlet
from faceshards.curation.engine.stage_clip import StageClip
from tests.curation.toy_stages import array

SECOND = 25


def video(
    width: int,
    height: int,
    frames: int = 2 * SECOND,
    pix_fmt: str = "yuv420p",
    *,
    options: Mapping[str, str] | None = None,
    at: Callable[[int], int] = lambda i: 40 * i,
    streams: int = 1,
) -> bytes:
    """An mp4 of H.264 whose picture i has a bright bar at column i; `at` says when it is shown, in milliseconds."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        for _ in range(streams):
            stream = container.add_stream("libx264", rate=SECOND, options={"preset": "ultrafast", **(options or {})})
            stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
            stream.codec_context.time_base = stream.time_base = Fraction(1, 1000)
            stream.codec_context.thread_count = 1
        for i in range(frames):
            picture = np.full((height, width, 3), 30 + i, np.uint8)
            picture[:, i % width] = 250
            for stream in container.streams.video:
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
                frame.pts, frame.time_base = at(i), Fraction(1, 1000)
                container.mux(stream.encode(frame))
        for stream in container.streams.video:
            container.mux(stream.encode())
    return buffer.getvalue()


def sound_only() -> bytes:
    """Two seconds of a tone as AAC in an mp4."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=16000, layout="mono")
        tone = 0.2 * np.sin(np.arange(32000) * 0.2).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(tone[None], format="fltp", layout="mono")
        frame.sample_rate = 16000
        container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return buffer.getvalue()


def claiming(clip: bytes, milliseconds: int) -> bytes:
    """The clip with another duration in its movie header (ISO/IEC 14496-12, 8.2.2)."""
    at = clip.index(b"mvhd") + 4
    return clip[: at + 16] + struct.pack(">I", milliseconds) + clip[at + 20 :]


def turned(clip: bytes) -> bytes:
    """The clip, to be shown a quarter turned (8.3.2)."""
    begin = clip.index(b"tkhd") + 4 + 40
    one = 1 << 16
    return clip[:begin] + struct.pack(">9i", 0, one, 0, -one, 0, 0, 0, 0, 1 << 30) + clip[begin + 36 :]


def odd() -> dict[str, bytes]:
    """Clips that are whole, each in a way that few are."""
    hdr = {"x264-params": "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"}
    return {
        "one frame": video(64, 64, 1),
        "huge claim": claiming(video(64, 64), 0xFFFFFFF0),
        "4k": video(3840, 2160, 5),
        "16x16": video(16, 16),
        "2048x2": video(2048, 2),
        "rotated": turned(video(64, 48)),
        "vfr": video(64, 64, at=lambda i: 40 * i + (i % 3) * 13),
        "10-bit": video(64, 64, pix_fmt="yuv420p10le"),
        "grey": video(64, 64, pix_fmt="gray"),
        "hdr": video(64, 64, pix_fmt="yuv420p10le", options=hdr),
        "two videos": video(64, 64, streams=2),
    }


def bad() -> dict[str, tuple[bytes, str]]:
    """Bodies that are no clips, and the reason that each has."""
    whole = video(64, 64)
    return {
        "truncated": (whole[: len(whole) * 2 // 3], "truncated-media"),
        "zero bytes": (b"", "empty-file"),
        "garbage": (np.random.default_rng(1).bytes(20_000), "broken-media"),
        "sound only": (sound_only(), "no-video"),
    }


#: What a stage does on clips of these names, and the reason that it ends in.
MISBEHAVIOUR = {
    "raises": "stage-failed",
    "hangs": "timeout",
    "segfaults": "quarantined",
    "hungers": "out-of-memory",
    "nan": "stage-failed",
}


@dataclass(frozen=True)
class PoisonParams:
    """No parameters."""


class Poison(Stage[PoisonParams]):
    """Mean of each picture; on clips that are named for it, what `MISBEHAVIOUR` says."""

    name, makes = "poison", array("poison.npy")

    def needs(self):
        return (Frames(),)

    async def work(self, clip: StageClip, out: Outlet) -> None:
        async for chunk in clip.frames():
            means = chunk.pictures.reshape(len(chunk.pictures), -1).mean(axis=1)
            getattr(self, f"_{clip.facts['name'].split('.')[0]}", lambda means: None)(means)
            out.add("poison.npy", means.astype(np.float32))

    def _raises(self, means: np.ndarray) -> None:
        raise ZeroDivisionError("what a stage")

    def _hangs(self, means: np.ndarray) -> None:
        time.sleep(120)

    def _segfaults(self, means: np.ndarray) -> None:
        ctypes.string_at(0)

    def _hungers(self, means: np.ndarray) -> None:
        held = []
        while True:
            held.append(np.ones(32 << 20, np.uint8))

    def _nan(self, means: np.ndarray) -> None:
        means[0] = np.nan
