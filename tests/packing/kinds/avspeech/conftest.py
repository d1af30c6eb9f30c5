"""A catalogue and the videos that it names: small ones whose pictures spell their numbers, and real ones."""

import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from faceshards.media.encode import encode
from faceshards.media.sound import Sound

SIX, SECOND = "-rfAAAAAAAA", "BBBBBBBBBB_"


def tone(seconds: float, rate: int = 44100) -> Sound:
    """A tone that rises, so that each moment sounds different."""
    time = np.arange(round(seconds * rate)) / rate
    return Sound((np.sin(2 * np.pi * (200 * time + 60 * time**2)) / 2).astype(np.float32), rate)


@pytest.fixture(scope="session")
def videos(numbered, tmp_path_factory) -> Path:
    """Two videos, of 4 s at 30 pictures a second and of 5 s at 20, each with a rising tone, a keyframe a second."""
    folder = tmp_path_factory.mktemp("videos")
    for link, seconds, fps in ((SIX, 4, 30), (SECOND, 5, 20)):
        body = encode(numbered(seconds * fps), Fraction(fps), sound=tone(seconds))
        (folder / f"{link}.mp4").write_bytes(body)
    return folder


@pytest.fixture
def catalog(tmp_path) -> Callable[..., Path]:
    """catalog(rows..., name, header): the CSV of these rows."""

    def write(*rows: str, name: str = "avspeech_train.csv", header: bool = False) -> Path:
        path = tmp_path / name
        head = ["link,start_time,end_time,pos_x,pos_y"] if header else []
        path.write_text("\n".join([*head, *rows, ""]))
        return path

    return write


class WebSite:
    """The folder of a site that is a process of its own: videos by id, what is said of some, what was asked."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.template = folder, f"http://127.0.0.1:{port}/{{id}}.mp4"

    def video(self, link: str, body: bytes, say: str = "") -> str:
        """Serves a video, as `say` says (see web_site.py); its id."""
        (self.folder / f"{link}.mp4").write_bytes(body)
        self.say(link, say)
        return link

    def say(self, link: str, say: str) -> None:
        (self.folder / f"{link}.say").write_text(say)

    def asked(self, link: str = "") -> list[tuple[str, str, int]]:
        """The requests since the last call: id, range, bytes to send."""
        log = self.folder / "requests"
        lines = [line.split() for line in log.read_text().splitlines()] if log.exists() else []
        log.unlink(missing_ok=True)
        found = [(Path(path).stem, asked, int(sent)) for path, asked, sent in lines]
        return [one for one in found if link in ("", one[0])]


@pytest.fixture(scope="session")
def web_process(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    words = [sys.executable, str(Path(__file__).with_name("web_site.py")), str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        yield WebSite(folder, int(process.stdout.readline()))
        process.kill()


@pytest.fixture
def web(web_process):
    """The site, without a video."""
    for file in web_process.folder.iterdir():
        file.unlink()
    return web_process


@pytest.fixture(scope="session")
def long_video(videos) -> bytes:
    """A video of 4 s, and behind it 3 MB that no row needs."""
    free = (3 << 20).to_bytes(4, "big") + b"free"
    return (videos / f"{SIX}.mp4").read_bytes() + free.ljust(3 << 20, b"\0")
