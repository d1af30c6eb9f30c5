"""Clips made on the spot: numbered pictures that tell which one they are after any codec, in any container."""

import io
from collections.abc import Callable, Iterable
from fractions import Fraction

import av
import numpy as np
import pytest

BITS = 7  # numbers below 128


@pytest.fixture(scope="session")
def numbered() -> Callable[..., list[np.ndarray]]:
    """numbered(count, (width, height)) -> pictures whose upper half spells their number in black and white bars."""

    def make(count: int, size: tuple[int, int] = (112, 64)) -> list[np.ndarray]:
        width, height = size
        rng = np.random.default_rng(7)
        ground = rng.integers(40, 200, (height // 8 + 1, width // 8 + count + 1, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        pictures = []
        for number in range(count):
            picture = ground[:height, 4 * number : 4 * number + width].copy()
            for bit, bar in enumerate(np.array_split(np.arange(width), BITS)):
                picture[: height // 2, bar] = 230 if number >> bit & 1 else 20
            pictures.append(picture)
        return pictures

    return make


@pytest.fixture(scope="session")
def number_of() -> Callable[[np.ndarray], int]:
    """The number that a picture spells."""

    def read(picture: np.ndarray) -> int:
        upper = picture[: picture.shape[0] // 2].mean(axis=(0, 2))
        return sum(int(bar.mean() > 125) << bit for bit, bar in enumerate(np.array_split(upper, BITS)))

    return read


@pytest.fixture(scope="session")
def made() -> Callable[..., bytes]:
    """made(pictures, container, codec, options, fps) -> a clip, written without this project's encoder."""

    def make(
        pictures: Iterable[np.ndarray],
        container: str = "mp4",
        codec: str = "libx264",
        options: dict[str, str] | None = None,
        fps: Fraction = Fraction(25),
        muxing: dict[str, str] | None = None,
    ) -> bytes:
        buffer = io.BytesIO()
        with av.open(buffer, "w", format=container, options=muxing or {}) as out:
            stream = None
            for index, picture in enumerate(pictures):
                if stream is None:
                    stream = out.add_stream(codec, rate=fps, options=options or {})
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = index, 1 / fps
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return buffer.getvalue()

    return make


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
