"""Clips cut by their edit list, and sound without a codec."""

import io
from collections.abc import Callable

import av
import numpy as np
import pytest


@pytest.fixture(scope="session")
def cut() -> Callable[[bytes, int], bytes]:
    """cut(clip, frames) -> an mp4 of the same packets that begins so many frames later by its edit list alone."""

    def make(clip: bytes, frames: int) -> bytes:
        buffer = io.BytesIO()
        with av.open(io.BytesIO(clip)) as source, av.open(buffer, "w", format="mp4") as out:
            stream = source.streams.video[0]
            copy = out.add_stream_from_template(stream)
            ticks = round(frames / (stream.average_rate * stream.time_base))
            for packet in source.demux(stream):
                if packet.size:
                    packet.pts, packet.dts, packet.stream = packet.pts - ticks, packet.dts - ticks, copy
                    out.mux(packet)
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def wave() -> Callable[..., bytes]:
    """wave(samples (N, channels) int16, rate) -> a WAV file."""

    def make(samples: np.ndarray, rate: int) -> bytes:
        channels = samples.shape[1]
        body = samples.astype("<i2").tobytes()
        head = b"RIFF" + (36 + len(body)).to_bytes(4, "little") + b"WAVEfmt " + (16).to_bytes(4, "little")
        numbers = [(1, 2), (channels, 2), (rate, 4), (rate * channels * 2, 4), (channels * 2, 2), (16, 2)]
        fields = b"".join(value.to_bytes(size, "little") for value, size in numbers)
        return head + fields + b"data" + len(body).to_bytes(4, "little") + body

    return make
