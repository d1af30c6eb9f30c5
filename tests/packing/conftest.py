"""Media that the tests of packing make for themselves, and a source packed in this process."""

import io
import zipfile
from collections.abc import Iterable, Mapping
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from rich.table import Table

from faceshards.__main__ import main
from faceshards.media.encode import encode
from faceshards.media.sound import Sound
from faceshards.packing.options import PackOptions
from faceshards.packing.packer import Packer
from faceshards.packing.sources.opening import open_source


def zipped(path: Path, files: Mapping[str, bytes], order: Iterable[str] | None = None) -> Path:
    """A zip of these files, in this order or as they stand."""
    with zipfile.ZipFile(path, "w") as out:
        for name in order or files:
            out.writestr(name, files[name])
    return path


def rows_of(table: Table) -> dict[str, str]:
    """A table of two columns as a wide terminal shows it: label -> text."""
    console = Console(width=300, highlight=False)
    with console.capture() as capture:
        console.print(table)
    return told(capture.get())


def told(said: str) -> dict[str, str]:
    """The rows of a table that a command printed: label -> text."""
    lines = [line.split("│") for line in said.splitlines() if "│" in line]
    return {cells[1].strip(): cells[2].strip() for cells in lines}


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
def run(capsys, monkeypatch):
    """run(words...): exit code, stdout and stderr of `faceshards` in this process, in a wide terminal."""
    monkeypatch.setenv("COLUMNS", "200")

    def command(*words: object) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main([str(word) for word in words])
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return command


@pytest.fixture
def pack():
    """pack(source, folder, force=False, **options): the report of a run in this process."""

    def run(source: Path, folder: Path, force: bool = False, **options):
        settings = PackOptions(**options)
        with closing(open_source(source, settings.limits)) as archive:
            packer = Packer(archive, folder, settings, force)
            return packer.already_packed() or packer.run()

    return run


@pytest.fixture
def old(made, tmp_path):
    """A Sigma tar: a clip of 29.97 frames a second encoded at 29, and one whose mp4 is cut."""
    import webdataset as wds

    clip = made([np.full((64, 64, 3), 20 * i, np.uint8) for i in range(6)], fps=Fraction(29))
    rest = {
        "dwpose_result.pyd": [np.ones((1, 134, 2), np.float32)] * 6,
        "dwpose_score.pyd": [np.ones((1, 134), np.float32)] * 6,
        "faces_bbox.pyd": [np.ones(4, np.float32)] * 6,
        "exist_face_frame_index.pyd": [True] * 6,
        "audio_frames.pyd": np.zeros(3200, np.float32),
        "sample_rate.str": "16000",
        "fps.str": "29.97",
    }
    path = tmp_path / "archive_0.tar"
    with open(path, "wb") as stream, wds.TarWriter(stream) as sink:
        sink.write({"__key__": "good", "mp4": clip, **rest})
        sink.write({"__key__": "cut", "mp4": clip[: len(clip) // 2], **rest})
    return path
