"""Media that the tests of packing make for themselves, and a source packed in this process."""

import io
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceshards.media.encode import encode
from faceshards.media.sound import Sound
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source


class Maker:
    """Small pictures and clips; another seed, another clip."""

    def pictures(self, count: int = 6, width: int = 64, height: int = 48, seed: int = 0) -> list[np.ndarray]:
        x, y = np.arange(width), np.arange(height)[:, None]
        return [
            np.stack([(x * 3 + i * 8 + seed * 40) % 256 + 0 * y, (y * 4 + i) % 256 + 0 * x, (x + y) % 256], 2).astype(
                np.uint8
            )
            for i in range(count)
        ]

    def picture(self, array: np.ndarray, kind: str = "PNG") -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(array).save(buffer, kind)
        return buffer.getvalue()

    def frames(self, count: int = 6, kind: str = "PNG", **size: int) -> list[bytes]:
        return [self.picture(array, kind) for array in self.pictures(count, **size)]

    def mp4(self, count: int = 6, fps: int = 25, sound: bool = False, **size: int) -> bytes:
        tone = np.sin(np.arange(count * 16000 // fps) / 8).astype(np.float32) / 2
        return encode(self.pictures(count, **size), Fraction(fps), sound=Sound(tone, 16000) if sound else None)


@pytest.fixture(scope="session")
def make() -> Maker:
    return Maker()


@pytest.fixture(scope="session")
def clip(make) -> bytes:
    """An mp4 of six frames."""
    return make.mp4()


@pytest.fixture
def pack():
    """pack(source, folder, force=False, **options): the report of a run in this process."""

    def run(source: Path, folder: Path, force: bool = False, **options):
        settings = PackOptions(**options)
        with closing(open_source(source, settings.limits)) as archive:
            packer = Packer(archive, folder, settings, force)
            return packer.already_packed() or packer.run()

    return run
