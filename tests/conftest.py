"""Fixtures that several packages' tests share."""

import io
import os
from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
BITS = 7  # numbers below 128


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real clips, photographs, speech and weights; the test is skipped where it is absent."""
    folder = Path(os.environ.get("FACESHARDS_REAL", ROOT.parent / "shared" / "real"))
    if not folder.is_dir():
        pytest.skip(f"no real media at {folder} (set FACESHARDS_REAL)")
    return folder


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
    """made(pictures, container, codec, options, fps) -> a clip, written without this project's encoder.

    One thread encodes it: with more, the bytes of some encoders depend on how many cores there are.
    """

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
                    stream = out.add_stream(codec, rate=fps, options={"threads": "1"} | (options or {}))
                    stream.height, stream.width = picture.shape[:2]
                    stream.pix_fmt = "yuv420p"
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = index, 1 / fps
                out.mux(stream.encode(frame))
            out.mux(stream.encode())
        return buffer.getvalue()

    return make
